import type { SetPolicy } from '../../commands/set-policy.js';
import { MAX_PROTECTED_CHANNELS } from '../../domain/stock/decide-change.js';
import { isClientId } from '../../domain/values/identifiers.js';
import { isCountedQuantity } from '../../domain/values/quantity.js';
import { shown } from '../body/shown.js';
import { type Defect, expected, invalid, isObject, parsed, saysNothing } from '../body/validate.js';
import { COUNTED, IsCountedQuantity, Optional, rule } from './rules.js';

const AreProtections = rule('areProtections', isObject, 'must be an object of channels and the units kept for each');

/** `PUT /v1/policies/{sku}/{location}`: what is left out stays, 0 takes a rule away. */
class PolicyDto {
  @Optional() @IsCountedQuantity() safetyStock?: number;
  @Optional() @AreProtections() protections?: Record<string, unknown>;
  @Optional() @IsCountedQuantity() lowStockThreshold?: number;
}

/** @throws Problem 400 */
export function parsePolicy(body: unknown): SetPolicy['wanted'] {
  const { protections, ...numbers } = parsed(PolicyDto, body);
  if (protections === undefined && Object.keys(numbers).length === 0) {
    throw saysNothing('safetyStock, protections and lowStockThreshold');
  }
  return { ...numbers, ...(protections === undefined ? {} : { protections: unitsByChannel(protections) }) };
}

function unitsByChannel(protections: Record<string, unknown>): ReadonlyMap<string, number> {
  const channels = Object.keys(protections);
  if (channels.length > MAX_PROTECTED_CHANNELS) {
    const message = `must name up to ${MAX_PROTECTED_CHANNELS} channels; it names ${channels.length}`;
    throw invalid([{ path: 'protections', message }]);
  }
  const units = new Map<string, number>();
  const defects: Defect[] = [];
  for (const [channel, quantity] of Object.entries(protections)) {
    if (!isClientId(channel)) {
      const message = `must name channels by 1 to 64 of A-Z a-z 0-9 . _ : -; it names ${shown(channel)}`;
      defects.push({ path: 'protections', message });
    } else if (!isCountedQuantity(quantity)) {
      defects.push({ path: `protections.${channel}`, message: expected(COUNTED, quantity) });
    } else units.set(channel, quantity);
  }
  if (defects.length > 0) throw invalid(defects);
  return units;
}
