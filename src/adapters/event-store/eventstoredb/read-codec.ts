import type { JsonObject, JsonValue } from '../../../domain/values/json.js';
import type { Position, RecordedEvent } from '../../../ports/event-store.js';
import { uuid } from './append-codec.js';
import { delimited, FieldReader, utf8, varintField } from './wire.js';

/** How many events the server looks at before it tells how far it is, matches or none. */
const SEARCH_WINDOW = 1_000;
const NOT_A_SYSTEM_STREAM = '^[^$]';
const EMPTY: Uint8Array[] = [];

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
  readonly streamPrefixes: readonly string[];
  readonly limit: { readonly maxCount: number } | 'subscription';
}

export function encodeStreamRead({ stream, from, backwards, maxCount }: StreamRead): Buffer {
  const identifier = delimited(1, delimited(3, [utf8(stream)]));
  return request([
    ...delimited(1, [...identifier, ...(typeof from === 'number' ? [varintField(2, from)] : edge(from, 3, 4))]),
    varintField(3, backwards ? 1 : 0),
    varintField(5, maxCount),
    ...delimited(8, EMPTY),
  ]);
}

export function encodeAllRead({ from, backwards = false, streamPrefixes, limit }: AllRead): Buffer {
  const position = (at: Position) => delimited(1, [varintField(1, at), varintField(2, at)]);
  return request([
    ...delimited(2, typeof from === 'bigint' ? position(from) : edge(from, 2, 3)),
    varintField(3, backwards ? 1 : 0),
    ...(limit === 'subscription' ? delimited(6, EMPTY) : [varintField(5, limit.maxCount)]),
    ...delimited(7, streamFilter(streamPrefixes)),
  ]);
}

function request(options: readonly Uint8Array[]): Buffer {
  const uuidsAsText = delimited(9, delimited(2, EMPTY));
  return Buffer.concat(delimited(1, [...options, ...uuidsAsText]));
}

function edge(from: 'start' | 'end', start: number, end: number): Uint8Array[] {
  return delimited(from === 'start' ? start : end, EMPTY);
}

function streamFilter(prefixes: readonly string[]): Uint8Array[] {
  const expression =
    prefixes.length === 0
      ? delimited(1, [utf8(NOT_A_SYSTEM_STREAM)])
      : prefixes.flatMap((prefix) => delimited(2, [utf8(prefix)]));
  return [...delimited(1, expression), varintField(3, SEARCH_WINDOW), varintField(5, 1)];
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
  const reader = new FieldReader(bytes);
  if (!reader.next()) return OTHER;
  switch (reader.field) {
    case 1:
      return readEvent(reader.message());
    case 3:
      return { kind: 'checkpoint', position: checkpoint(reader.message()) };
    case 4:
      return STREAM_NOT_FOUND;
    case 8:
      return CAUGHT_UP;
    default:
      return OTHER;
  }
}

function checkpoint(reader: FieldReader): Position {
  let position = 0n;
  while (reader.next()) if (reader.field === 1) position = reader.big();
  return position;
}

function readEvent(reader: FieldReader): ReadMessage {
  while (reader.next()) if (reader.field === 1) return { kind: 'event', event: recordedEvent(reader.message()) };
  return OTHER;
}

function recordedEvent(reader: FieldReader): RecordedEvent {
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
        id = uuid(reader.message());
        break;
      case 2:
        stream = streamName(reader.message());
        break;
      case 3:
        revision = reader.integer();
        break;
      case 5:
        position = reader.big();
        break;
      case 6: {
        const [key, value] = mapEntry(reader.message());
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

function streamName(reader: FieldReader): string {
  let name = '';
  while (reader.next()) if (reader.field === 3) name = reader.text();
  return name;
}

function mapEntry(reader: FieldReader): [string, string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
  }
  return [key, value];
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
