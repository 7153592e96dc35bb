import { formatInstant, storedInstant } from '../values/instant.js';
import type { JsonObject } from '../values/json.js';
import type { StockEvent } from './events.js';

/** Version of the stored form; a reader of an older one upcasts here, nowhere else. */
export const STOCK_SCHEMA_VERSION = 1;

/** Fields that hold instants: RFC 3339 text in the store, milliseconds here. */
const INSTANT_FIELDS = ['expiresAt', 'neededBy'] as const;

/** The stored form: `occurredAt` stands in the metadata, where every event of every stream has it. */
export function encodeStockEvent(event: StockEvent): { type: string; data: JsonObject; occurredAt: string } {
  const { type, occurredAt, ...fields } = event;
  const data: Record<string, unknown> = { ...fields };
  for (const field of INSTANT_FIELDS) {
    const instant = data[field];
    if (typeof instant === 'number') data[field] = formatInstant(instant);
  }
  return { type, data: data as JsonObject, occurredAt: formatInstant(occurredAt) };
}

/** Reads what {@link encodeStockEvent} and this service wrote. The types are closed, so an unknown one is a bug. */
export function decodeStockEvent(stored: { type: string; data: JsonObject; metadata: JsonObject }): StockEvent {
  if (!isStockEventType(stored.type)) throw new Error(`Unknown stock event type: ${stored.type}`);
  const event: Record<string, unknown> = { ...stored.data };
  for (const field of INSTANT_FIELDS) {
    const text = event[field];
    if (typeof text === 'string') event[field] = storedInstant(text);
  }
  event.type = stored.type;
  event.occurredAt = storedInstant(String(stored.metadata.occurredAt));
  return event as unknown as StockEvent;
}

const STOCK_EVENT_TYPES: Readonly<Record<StockEvent['type'], true>> = {
  Received: true,
  Sold: true,
  Returned: true,
  Adjusted: true,
  Counted: true,
  DispositionMoved: true,
  UnitCostRevised: true,
  Reserved: true,
  Confirmed: true,
  Released: true,
  Fulfilled: true,
};

const isStockEventType = (type: string): type is StockEvent['type'] => Object.hasOwn(STOCK_EVENT_TYPES, type);
