import { MAX_LOCATIONS } from '../../domain/fulfilment/group.js';
import type { ClientId, LocationId } from '../../domain/values/identifiers.js';
import { expected, invalid, parsed } from '../body/validate.js';
import { IsClientIdText, IsListOfUpTo, IsLocationText } from './rules.js';

/** `PUT /v1/fulfilment-groups/{id}` */
class FulfilmentGroupDto {
  @IsListOfUpTo(MAX_LOCATIONS) @IsLocationText({ each: true }) locations!: LocationId[];
}

/** @throws Problem 400 */
export function parseFulfilmentGroup(body: unknown): readonly LocationId[] {
  const { locations } = parsed(FulfilmentGroupDto, body);
  const repeated = locations.findIndex((location, index) => locations.indexOf(location) !== index);
  if (repeated !== -1) {
    const message = expected('must be named once', locations[repeated]);
    throw invalid([{ path: `locations[${repeated}]`, message }]);
  }
  return locations;
}

class GroupIdDto {
  @IsClientIdText() id!: ClientId;
}

/** @throws Problem 400 */
export const parseGroupId = (id: string): ClientId => parsed(GroupIdDto, { id }, 'parameter').id;
