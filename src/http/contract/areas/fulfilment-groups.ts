import { MAX_LOCATIONS } from '../../../domain/fulfilment/group.js';
import { type Area, MIN_POSITION } from '../area.js';
import { clientId, list, location, object, position } from '../schema.js';

const GROUP = '/v1/fulfilment-groups/{id}';

export const FULFILMENT_GROUPS: Area = {
  operations: [
    {
      method: 'put',
      path: GROUP,
      summary: 'Set the locations that a group is sourced from, the nearest first.',
      description:
        'Reservation lines and availability may name the group in place of locations. The list replaces the one before; ' +
        'reservations made earlier keep the locations they have.',
      scope: 'policies:write',
      body: 'FulfilmentGroupLocations',
      example: {
        summary: 'Orders of the north come from the warehouse first.',
        path: '/v1/fulfilment-groups/north',
        body: { locations: ['WAREHOUSE-N', 'STORE-A', 'STORE-B'] },
      },
      answers: { 200: 'FulfilmentGroup' },
      problems: [503],
    },
    {
      method: 'get',
      path: GROUP,
      summary: 'A group as it is now.',
      scope: 'availability:read',
      query: MIN_POSITION,
      answers: { 200: 'FulfilmentGroup' },
      problems: [404],
    },
  ],
  schemas: {
    FulfilmentGroupLocations: object({ locations: list(location, 1, MAX_LOCATIONS) }),
    FulfilmentGroup: object({ id: clientId, locations: list(location, 0, MAX_LOCATIONS), position }),
  },
};
