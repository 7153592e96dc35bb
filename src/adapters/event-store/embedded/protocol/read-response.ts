import { writePosition, writeProperty, writeStreamName } from '../../protobuf/messages.js';
import { MessageWriter } from '../../protobuf/writer.js';
import { type Column, columnBytes } from '../storage/column.js';
import type { EventRow } from '../storage/event-rows.js';
import { TOMBSTONE_REVISION } from '../storage/schema.js';
import { writeEventId } from './event-id.js';

/** An event with its names looked up. */
export interface NamedEvent {
  readonly row: EventRow;
  readonly stream: string;
  readonly type: string;
}

/** What one message of a read delivers: an event, and the link that led to it if links are resolved. */
export type Delivery =
  | { readonly event: NamedEvent; readonly link?: NamedEvent | undefined }
  | { readonly event?: undefined; readonly link: NamedEvent };

/** Tags, lengths, id, numbers and property names of one event. */
const FIXED_BYTES = 256;
const INT64_MAX = 2n ** 63n - 1n;

export function encodeDelivery({ event, link }: Delivery, structuredIds: boolean): Buffer {
  const writer = new MessageWriter(capacity(event) + capacity(link));
  const end = writer.mark();
  writer.unsigned(3, link?.row.position ?? event?.row.position ?? 0);
  if (link !== undefined) writeRecordedEvent(writer, 2, link, structuredIds);
  if (event !== undefined) writeRecordedEvent(writer, 1, event, structuredIds);
  writer.close(1, end);
  return writer.finish();
}

export function encodeConfirmation(subscriptionId: string): Buffer {
  const writer = new MessageWriter(FIXED_BYTES);
  const end = writer.mark();
  writer.ascii(1, subscriptionId);
  writer.close(2, end);
  return writer.finish();
}

export function encodeCheckpoint(position: number): Buffer {
  const writer = new MessageWriter(FIXED_BYTES);
  writePosition(writer, 3, position);
  return writer.finish();
}

export function encodeStreamNotFound(stream: string): Buffer {
  const writer = new MessageWriter(FIXED_BYTES + 3 * stream.length);
  const end = writer.mark();
  writeStreamName(writer, 1, stream);
  writer.close(4, end);
  return writer.finish();
}

export function encodeCaughtUp(): Buffer {
  const writer = new MessageWriter(FIXED_BYTES);
  writer.empty(8);
  return writer.finish();
}

function capacity(event: NamedEvent | undefined): number {
  if (event === undefined) return FIXED_BYTES;
  const { row, stream, type } = event;
  return FIXED_BYTES + columnBytes(row.metadata) + columnBytes(row.data) + 3 * (stream.length + type.length);
}

function writeRecordedEvent(writer: MessageWriter, field: number, event: NamedEvent, structuredIds: boolean): void {
  const { row, stream, type } = event;
  const end = writer.mark();
  writeColumn(writer, 8, row.data);
  writeColumn(writer, 7, row.metadata);
  writeProperty(writer, 6, 'content-type', row.json ? 'application/json' : 'application/octet-stream');
  // The protocol counts in ticks of 100 ns.
  writeProperty(writer, 6, 'created', `${row.created}0000`);
  writeProperty(writer, 6, 'type', type);
  writer.unsigned(5, row.position);
  writer.unsigned(4, row.position);
  if (row.revision === TOMBSTONE_REVISION) writer.unsigned(3, INT64_MAX);
  else writer.unsigned(3, row.revision);
  writeStreamName(writer, 2, stream);
  writeEventId(writer, 1, row.id, structuredIds);
  writer.close(field, end);
}

function writeColumn(writer: MessageWriter, field: number, column: Column): void {
  if (typeof column === 'string') writer.text(field, column);
  else writer.bytes(field, column);
}
