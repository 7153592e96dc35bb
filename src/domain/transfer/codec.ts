import { formatInstant, storedInstant } from '../values/instant.js';
import type { JsonObject } from '../values/json.js';
import { isTransferEventType, type TransferEvent } from './events.js';

/** Version of the stored form; a reader of an older one upcasts here, nowhere else. */
export const TRANSFER_SCHEMA_VERSION = 1;

/** The stored form: `dueAt` is RFC 3339 text, a position is text; `occurredAt` stands in the metadata. */
export function encodeTransferEvent(event: TransferEvent): { type: string; data: JsonObject; occurredAt: string } {
  const { type, occurredAt, ...fields } = event;
  const data: Record<string, unknown> = { ...fields };
  if ('dueAt' in event) data.dueAt = event.dueAt === null ? null : formatInstant(event.dueAt);
  if ('stockPosition' in event) data.stockPosition = event.stockPosition.toString();
  return { type, data: data as JsonObject, occurredAt: formatInstant(occurredAt) };
}

/** Reads what {@link encodeTransferEvent} wrote. The types are closed, so an unknown one is a bug. */
export function decodeTransferEvent(stored: { type: string; data: JsonObject; metadata: JsonObject }): TransferEvent {
  const { type, data, metadata } = stored;
  if (!isTransferEventType(type)) throw new Error(`Unknown transfer event type: ${type}`);
  const event: Record<string, unknown> = { ...data, type, occurredAt: storedInstant(String(metadata.occurredAt)) };
  if (typeof data.dueAt === 'string') event.dueAt = storedInstant(data.dueAt);
  if (typeof data.stockPosition === 'string') event.stockPosition = BigInt(data.stockPosition);
  return event as unknown as TransferEvent;
}
