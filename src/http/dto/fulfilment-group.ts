import { MAX_LOCATIONS } from '../../domain/fulfilment/group.js';
import { type ClientId, isClientId, type LocationId } from '../../domain/values/identifiers.js';
import { parsed } from '../body/validate.js';
import { Problem } from '../problem.js';
import { IsListOfUpTo, IsLocationText } from './rules.js';

/** `PUT /v1/fulfilment-groups/{id}` */
class FulfilmentGroupDto {
  @IsListOfUpTo(MAX_LOCATIONS) @IsLocationText({ each: true }) locations!: LocationId[];
}

/** @throws Problem 400 */
export function parseFulfilmentGroup(body: unknown): readonly LocationId[] {
  const { locations } = parsed(FulfilmentGroupDto, body);
  const repeated = locations.find((location, index) => locations.indexOf(location) !== index);
  if (repeated !== undefined) throw new Problem(400, 'invalid-body', `locations names ${repeated} twice.`);
  return locations;
}

/** @throws Problem 400 */
export function parseGroupId(text: string): ClientId {
  if (!isClientId(text))
    throw new Problem(400, 'invalid-parameter', 'A group is named by 1 to 64 of A-Z a-z 0-9 . _ : -');
  return text;
}
