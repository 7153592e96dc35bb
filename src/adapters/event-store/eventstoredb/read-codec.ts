import type { JsonObject, JsonValue } from '../../../domain/values/json.js';
import type { Position, RecordedEvent } from '../../../ports/event-store.js';
import {
  readPosition,
  readProperty,
  readStreamName,
  readUuid,
  writePosition,
  writeStreamName,
} from '../protobuf/messages.js';
import { MessageReader } from '../protobuf/reader.js';
import { MessageWriter } from '../protobuf/writer.js';

/** How many events the server looks at before it tells how far it is, matches or none. */
const SEARCH_WINDOW = 1_000;
const NOT_A_SYSTEM_STREAM = '^[^$]';
/** Tags, lengths and numbers of a request. */
const FIXED_BYTES = 128;
/** Tag and length of one prefix. */
const PREFIX_OVERHEAD_BYTES = 8;

export interface StreamRead {
  readonly stream: string;
  readonly from: number | 'start' | 'end';
  readonly backwards: boolean;
  readonly maxCount: number;
}

export interface AllRead {
  /** At this position or later forwards, before it backwards; a subscription begins after it. */
  readonly from: Position | 'start' | 'end';
  readonly backwards?: boolean;
  /** Streams whose names begin so; all but system streams when there is none. */
  readonly streamPrefixes: readonly string[] | 'every stream';
  readonly limit: { readonly maxCount: number } | 'subscription';
}

export function encodeStreamRead({ stream, from, backwards, maxCount }: StreamRead): Buffer {
  const writer = new MessageWriter(FIXED_BYTES + 3 * stream.length);
  const end = writer.mark();
  writeIdsAsText(writer);
  writer.empty(8);
  writer.unsigned(5, maxCount);
  writer.unsigned(3, backwards ? 1 : 0);
  const streamEnd = writer.mark();
  if (typeof from === 'number') writer.unsigned(2, from);
  else writer.empty(from === 'start' ? 3 : 4);
  writeStreamName(writer, 1, stream);
  writer.close(1, streamEnd);
  writer.close(1, end);
  return writer.finish();
}

export function encodeAllRead({ from, backwards = false, streamPrefixes, limit }: AllRead): Buffer {
  const prefixes = streamPrefixes === 'every stream' ? [] : streamPrefixes;
  const prefixBytes = prefixes.reduce((sum, prefix) => sum + 3 * prefix.length + PREFIX_OVERHEAD_BYTES, 0);
  const writer = new MessageWriter(FIXED_BYTES + prefixBytes);
  const end = writer.mark();
  writeIdsAsText(writer);
  if (streamPrefixes === 'every stream') writer.empty(8);
  else writeStreamFilter(writer, streamPrefixes);
  if (limit === 'subscription') writer.empty(6);
  else writer.unsigned(5, limit.maxCount);
  writer.unsigned(3, backwards ? 1 : 0);
  const allEnd = writer.mark();
  if (typeof from === 'bigint') writePosition(writer, 1, from);
  else writer.empty(from === 'start' ? 2 : 3);
  writer.close(2, allEnd);
  writer.close(1, end);
  return writer.finish();
}

function writeIdsAsText(writer: MessageWriter): void {
  const end = writer.mark();
  writer.empty(2);
  writer.close(9, end);
}

function writeStreamFilter(writer: MessageWriter, prefixes: readonly string[]): void {
  const end = writer.mark();
  writer.unsigned(5, 1);
  writer.unsigned(3, SEARCH_WINDOW);
  const expressionEnd = writer.mark();
  if (prefixes.length === 0) writer.ascii(1, NOT_A_SYSTEM_STREAM);
  for (const prefix of prefixes.toReversed()) writer.text(2, prefix);
  writer.close(1, expressionEnd);
  writer.close(7, end);
}

export type ReadMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  /** Everything that matches up to here was sent, or is in the messages before. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'stream-not-found' }
  /** Nothing this adapter acts on, such as the confirmation of a subscription. */
  | { readonly kind: 'other' };

const CAUGHT_UP: ReadMessage = { kind: 'caught-up' };
const STREAM_NOT_FOUND: ReadMessage = { kind: 'stream-not-found' };
const OTHER: ReadMessage = { kind: 'other' };

/** `ReadResp`. */
export function decodeReadMessage(bytes: Buffer): ReadMessage {
  const reader = new MessageReader(bytes);
  if (!reader.next()) return OTHER;
  switch (reader.field) {
    case 1:
      return readEvent(reader.message());
    case 3:
      return { kind: 'checkpoint', position: readPosition(reader.message()) };
    case 4:
      return STREAM_NOT_FOUND;
    case 8:
      return CAUGHT_UP;
    default:
      return OTHER;
  }
}

function readEvent(reader: MessageReader): ReadMessage {
  while (reader.next()) if (reader.field === 1) return { kind: 'event', event: recordedEvent(reader.message()) };
  return OTHER;
}

function recordedEvent(reader: MessageReader): RecordedEvent {
  let id = '';
  let stream = '';
  let revision = 0;
  let position = 0n;
  let type = '';
  let json = false;
  let metadata: Buffer | undefined;
  let data: Buffer | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        id = readUuid(reader.message());
        break;
      case 2:
        stream = readStreamName(reader.message());
        break;
      case 3:
        revision = reader.integer();
        break;
      case 5:
        position = reader.big();
        break;
      case 6: {
        const [key, value] = readProperty(reader.message());
        if (key === 'type') type = value;
        else if (key === 'content-type') json = value === 'application/json';
        break;
      }
      case 7:
        metadata = reader.bytes();
        break;
      case 8:
        data = reader.bytes();
        break;
    }
  }
  return {
    id,
    type,
    data: json && data !== undefined ? jsonObject(data) : foreign(data),
    metadata: metadata === undefined || metadata.length === 0 ? {} : jsonObject(metadata),
    stream,
    revision,
    position,
  };
}

function jsonObject(bytes: Buffer): JsonObject {
  try {
    const value: JsonValue = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : foreign(bytes);
  } catch {
    return foreign(bytes);
  }
}

/** In a cluster shared with others there are events that are no JSON objects; reading past them must not fail. */
function foreign(bytes: Buffer | undefined): JsonObject {
  return { base64: bytes?.toString('base64') ?? '' };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
