import { type Area, MIN_POSITION } from '../area.js';
import { clientId, count, instant, location, object, position, quantity, sku } from '../schema.js';

const SUPPLY = '/v1/supplies/{sku}/{location}/{id}';

export const SUPPLIES: Area = {
  operations: [
    {
      method: 'put',
      path: SUPPLY,
      summary: 'Expect a receipt, or change what is expected. The same again changes nothing.',
      description:
        "The id is the caller's. `quantity` is all that is expected under it, what has come already included; a receipt " +
        'movement that names it as `supplyId` fulfils it. Units are promised for the day they are due, not before, and ' +
        'no longer once that has passed without them.',
      scope: 'movements:write',
      body: 'SupplyRequest',
      example: {
        summary: 'Forty mugs come on 1 December.',
        path: '/v1/supplies/MUG/STORE-A/po-4711',
        body: { quantity: 40, dueAt: '2030-12-01T09:00:00+01:00' },
      },
      answers: { 200: 'Supply' },
      problems: [503],
    },
    {
      method: 'delete',
      path: SUPPLY,
      summary: 'What has not come is no longer expected.',
      scope: 'movements:write',
      answers: { 200: 'Supply' },
      problems: [404, 503],
    },
    {
      method: 'get',
      path: SUPPLY,
      summary: 'An expected receipt as it is now, from its stream.',
      scope: 'availability:read',
      query: MIN_POSITION,
      answers: { 200: 'Supply' },
      problems: [404],
    },
  ],
  schemas: {
    SupplyRequest: object({ quantity, dueAt: instant }),
    Supply: object(
      {
        sku,
        location,
        id: clientId,
        quantity: count('Units in all, those included that have come; 0 when cancelled.'),
        received: count('Units that have come.'),
        open: count('Units that have not.'),
        dueAt: instant,
        revision: count('Of the event in the stock stream, when this request changed something.'),
        position,
      },
      ['dueAt', 'revision'],
    ),
  },
};
