import { formatInstant, storedInstant } from '../../values/instant.js';
import type { JsonObject, JsonValue } from '../../values/json.js';
import { type CartEvent, isCartEventType } from './events.js';

/** Version of the stored form; a reader of an older one upcasts here, nowhere else. */
export const CART_SCHEMA_VERSION = 1;

/** Fields that hold instants, at any depth: RFC 3339 text in the store, milliseconds here. */
const INSTANT_FIELDS: ReadonlySet<string> = new Set(['expiresAt', 'neededBy', 'until']);

/** The stored form: `occurredAt` stands in the metadata, where every event of every stream has it. */
export function encodeCartEvent(event: CartEvent): { type: string; data: JsonObject; occurredAt: string } {
  const { type, occurredAt, ...fields } = event;
  const data = mapInstants(fields as unknown as JsonObject, (value) =>
    typeof value === 'number' ? formatInstant(value) : value,
  );
  return { type, data: data as JsonObject, occurredAt: formatInstant(occurredAt) };
}

/** Reads what {@link encodeCartEvent} wrote. The types are closed, so an unknown one is a bug. */
export function decodeCartEvent(stored: { type: string; data: JsonObject; metadata: JsonObject }): CartEvent {
  const { type, data, metadata } = stored;
  if (!isCartEventType(type)) throw new Error(`Unknown reservation event type: ${type}`);
  const fields = mapInstants(data, (value) => (typeof value === 'string' ? storedInstant(value) : value));
  const event = { ...(fields as JsonObject), type, occurredAt: storedInstant(String(metadata.occurredAt)) };
  return event as unknown as CartEvent;
}

function mapInstants(value: JsonValue, convert: (value: JsonValue) => JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => mapInstants(item, convert));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, INSTANT_FIELDS.has(name) ? convert(item) : mapInstants(item, convert)]),
  );
}
