import { DISPOSITIONS } from '../../domain/stock/events.js';
import { MAX_QUANTITY } from '../../domain/values/quantity.js';

/** A JSON schema, as far as this contract uses it. */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
export const whole = (description: string, minimum: number, maximum: number): Schema => ({
  type: 'integer',
  description,
  minimum,
  maximum,
});
export const list = (items: Schema, minItems: number, maxItems: number): Schema => ({
  type: 'array',
  items,
  minItems,
  maxItems,
});
export const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

export const count = (description: string): Schema => ({ type: 'integer', description });
export const sku = text('A stock keeping unit.', { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
export const location = text('A store, warehouse or other place.', { pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$' });
export const clientId = text('An id made by the client, its idempotency key.', { pattern: '^[A-Za-z0-9._:-]{1,64}$' });
export const instant = text('RFC 3339 with offset.', { format: 'date-time' });
export const quantity = whole("Units of the SKU's base unit.", 1, MAX_QUANTITY);
export const currency = text('ISO 4217.', { pattern: '^[A-Z]{3}$' });
export const disposition = text('What may be done with the units.', { enum: DISPOSITIONS });
export const position = text('Opaque; hand it to a read as minPosition to see what was written.');

/** What every answer of a read model says of itself. */
export const freshness = {
  position,
  ageMs: count('How old the answer may be, in milliseconds.'),
  source: text('Where it comes from, e.g. memory or redis.'),
  stale: { type: 'boolean', description: 'True when minPosition was not reached in time.' },
};
