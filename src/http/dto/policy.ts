import { MAX_PROTECTED_CHANNELS, type SetPolicy } from '../../commands/set-policy.js';
import { isClientId } from '../../domain/values/identifiers.js';
import { isCountedQuantity } from '../../domain/values/quantity.js';
import { isObject, parsed, saysNothing } from '../body/validate.js';
import { IsCountedQuantity, Optional, rule } from './rules.js';

const areProtections = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).length <= MAX_PROTECTED_CHANNELS &&
  Object.entries(value).every(([channel, quantity]) => isClientId(channel) && isCountedQuantity(quantity));

const PROTECTIONS_MESSAGE =
  `must say how many units are kept for each channel: up to ${MAX_PROTECTED_CHANNELS} names of 1 to 64 of ` +
  'A-Z a-z 0-9 . _ : -, each with a whole number from 0 to 1,000,000,000';

const AreProtections = rule('areProtections', areProtections, PROTECTIONS_MESSAGE);

/** `PUT /v1/policies/{sku}/{location}`: what is left out stays, 0 takes a rule away. */
class PolicyDto {
  @Optional() @IsCountedQuantity() safetyStock?: number;
  @Optional() @AreProtections() protections?: Record<string, number>;
  @Optional() @IsCountedQuantity() lowStockThreshold?: number;
}

/** @throws Problem 400 */
export function parsePolicy(body: unknown): SetPolicy['wanted'] {
  const { protections, ...numbers } = parsed(PolicyDto, body);
  if (protections === undefined && Object.keys(numbers).length === 0) {
    throw saysNothing('safetyStock, protections and lowStockThreshold');
  }
  return { ...numbers, ...(protections === undefined ? {} : { protections: new Map(Object.entries(protections)) }) };
}
