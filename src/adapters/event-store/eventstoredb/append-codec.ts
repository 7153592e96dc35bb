import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type { ExpectedRevision, NewEvent } from '../../../ports/event-store.js';
import { checkAppendLimits, MAX_MESSAGE_BYTES } from '../append-limits.js';
import { readPosition, readUuid, writeProperty, writeStreamName } from '../protobuf/messages.js';
import { MessageReader } from '../protobuf/reader.js';
import { MessageWriter } from '../protobuf/writer.js';

/** Tags, lengths, numbers and property names of an append, its correlation id, and the same of each of its events. */
const FIXED_BYTES = 192;
/** The message begins with its correlation id: two tags and two lengths, then the id. */
const CORRELATION_ID_AT = 4;

/** `BatchAppendReq`. The correlation id, a UUID, is what differs between the attempts of one append. */
export interface EncodedAppend {
  readonly correlationId: string;
  readonly bytes: Buffer;
}

/**
 * Serialises the data here, so that what JSON cannot carry fails before anything was sent.
 * @throws RangeError when there is nothing to append or too much, TypeError on a bigint in data or metadata
 */
export function encodeAppend(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): EncodedAppend {
  const contents = events.map(serialise);
  const dataBytes = contents.reduce((sum, content) => sum + content.dataBytes, 0);
  checkAppendLimits(expected, events.length, dataBytes);
  const capacity = contents.reduce((sum, content) => sum + content.capacity, FIXED_BYTES + 3 * stream.length);
  const writer = new MessageWriter(capacity);
  writer.unsigned(4, 1);
  for (const content of contents.reverse()) writeEvent(writer, content);
  const end = writer.mark();
  writeExpected(writer, expected);
  writeStreamName(writer, 1, stream);
  writer.close(2, end);
  const correlationId = randomUUID();
  writeUuid(writer, 1, correlationId);
  const bytes = writer.finish();
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`An append with its metadata has ${bytes.length} bytes: too many.`);
  }
  return { correlationId, bytes };
}

/** The same once more, so that replies to the two are not taken for one another. */
export function anotherAttempt({ bytes }: EncodedAppend): EncodedAppend {
  const correlationId = randomUUID();
  const copy = Buffer.from(bytes);
  copy.write(correlationId, CORRELATION_ID_AT, 'latin1');
  return { correlationId, bytes: copy };
}

interface Content {
  readonly event: NewEvent;
  readonly data: string;
  readonly dataBytes: number;
  readonly metadata: string;
  readonly metadataBytes: number;
  /** As many bytes as the event may take. */
  readonly capacity: number;
}

function serialise(event: NewEvent): Content {
  const data = JSON.stringify(event.data);
  const metadata = JSON.stringify(event.metadata);
  const dataBytes = Buffer.byteLength(data, 'utf8');
  const metadataBytes = Buffer.byteLength(metadata, 'utf8');
  const capacity = FIXED_BYTES + 3 * (event.id.length + event.type.length) + dataBytes + metadataBytes;
  return { event, data, dataBytes, metadata, metadataBytes, capacity };
}

function writeEvent(writer: MessageWriter, { event, data, dataBytes, metadata, metadataBytes }: Content): void {
  const end = writer.mark();
  writer.text(4, data, dataBytes);
  writer.text(3, metadata, metadataBytes);
  writeProperty(writer, 2, 'content-type', 'application/json');
  writeProperty(writer, 2, 'type', event.type);
  writeUuid(writer, 1, event.id);
  writer.close(3, end);
}

function writeUuid(writer: MessageWriter, field: number, uuid: string): void {
  const end = writer.mark();
  writer.text(2, uuid);
  writer.close(field, end);
}

function writeExpected(writer: MessageWriter, expected: ExpectedRevision): void {
  if (expected === 'no-stream') writer.empty(3);
  else if (expected === 'any') writer.empty(4);
  else writer.unsigned(2, expected);
}

export type AppendReply =
  | {
      readonly kind: 'appended';
      readonly revision: number;
      /** Absent when the append was recognised, but what it had written has been truncated since. */
      readonly position: bigint | undefined;
    }
  /** `revision` is -1 when there is no stream. */
  | { readonly kind: 'conflict'; readonly revision: number }
  /** The store gave up on it; it may be written or not. */
  | { readonly kind: 'unknown'; readonly cause: string }
  /** Nothing was written, and never will be. */
  | { readonly kind: 'refused'; readonly cause: string; readonly code: status | undefined };

/** `BatchAppendResp`. */
export function decodeAppendReply(bytes: Buffer): { correlationId: string; reply: AppendReply } {
  const reader = new MessageReader(bytes);
  let correlationId = '';
  let reply: AppendReply = { kind: 'unknown', cause: 'a reply without a result' };
  while (reader.next()) {
    if (reader.field === 1) correlationId = readUuid(reader.message());
    else if (reader.field === 2) reply = failure(reader.message());
    else if (reader.field === 3) reply = success(reader.message());
  }
  return { correlationId, reply };
}

function success(reader: MessageReader): AppendReply {
  let revision = -1;
  let position: bigint | undefined;
  while (reader.next()) {
    if (reader.field === 1) revision = reader.integer();
    else if (reader.field === 3) position = readPosition(reader.message());
  }
  return { kind: 'appended', revision, position };
}

/** `google.rpc.Status`: what went wrong is the type of its details. */
function failure(reader: MessageReader): AppendReply {
  let message = '';
  let type = '';
  let detail: Buffer = Buffer.alloc(0);
  while (reader.next()) {
    if (reader.field === 2) message = reader.text();
    else if (reader.field === 3) {
      const details = reader.message();
      while (details.next()) {
        if (details.field === 1) type = details.text();
        else if (details.field === 2) detail = details.bytes();
      }
    }
  }
  const name = type.slice(type.lastIndexOf('.') + 1);
  switch (name) {
    case 'WrongExpectedVersion':
      return { kind: 'conflict', revision: currentRevision(new MessageReader(detail)) };
    case 'Timeout':
    case 'Unknown':
    // Without a type: not ready, too busy, or no leader known.
    case 'Empty':
      return { kind: 'unknown', cause: `${name} ${message}` };
    case 'AccessDenied':
      return { kind: 'refused', cause: `${name} ${message}`, code: status.PERMISSION_DENIED };
    default:
      return { kind: 'refused', cause: `${name} ${message}`, code: undefined };
  }
}

function currentRevision(reader: MessageReader): number {
  let revision = -1;
  while (reader.next()) if (reader.field === 1) revision = reader.integer();
  return revision;
}
