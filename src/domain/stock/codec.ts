import { formatInstant, storedInstant } from '../values/instant.js';
import type { JsonObject } from '../values/json.js';
import { isStockEventType, type StockEvent } from './events.js';

/** Version of the stored form; a reader of an older one upcasts here, nowhere else. */
export const STOCK_SCHEMA_VERSION = 1;

/** Fields that hold instants: RFC 3339 text in the store, milliseconds here. */
const INSTANT_FIELDS = ['expiresAt', 'neededBy', 'dueAt', 'until'] as const;
/** Fields whose objects hold such fields. */
const NESTING_FIELDS = ['supplied', 'was', 'extension'] as const;

type Fields = Record<string, unknown>;

/** The stored form: `occurredAt` stands in the metadata, where every event of every stream has it. */
export function encodeStockEvent(event: StockEvent): { type: string; data: JsonObject; occurredAt: string } {
  const { type, occurredAt, ...fields } = event;
  const data = withInstants(fields, (value) => (typeof value === 'number' ? formatInstant(value) : value));
  return { type, data: data as JsonObject, occurredAt: formatInstant(occurredAt) };
}

/** Reads what {@link encodeStockEvent} and this service wrote. The types are closed, so an unknown one is a bug. */
export function decodeStockEvent(stored: { type: string; data: JsonObject; metadata: JsonObject }): StockEvent {
  if (!isStockEventType(stored.type)) throw new Error(`Unknown stock event type: ${stored.type}`);
  const event = withInstants(stored.data, (value) => (typeof value === 'string' ? storedInstant(value) : value));
  event.type = stored.type;
  event.occurredAt = storedInstant(String(stored.metadata.occurredAt));
  return event as unknown as StockEvent;
}

function withInstants(fields: object, convert: (value: unknown) => unknown): Fields {
  const converted: Fields = { ...fields };
  for (const field of INSTANT_FIELDS) if (field in converted) converted[field] = convert(converted[field]);
  for (const field of NESTING_FIELDS) {
    const inner = converted[field];
    if (typeof inner === 'object' && inner !== null) converted[field] = withInstants(inner, convert);
  }
  return converted;
}
