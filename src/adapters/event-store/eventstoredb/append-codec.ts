import type { ExpectedRevision, NewEvent } from '../../../ports/event-store.js';
import { checkAppendLimits } from '../append-limits.js';
import { delimited, FieldReader, utf8, varintField } from './wire.js';

/** EventStoreDB ends the whole call, with everybody's appends in it, on a longer message. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024 - 10_000;

const JSON_CONTENT = delimited(2, [
  ...delimited(1, [utf8('content-type')]),
  ...delimited(2, [utf8('application/json')]),
]);
const TYPE_KEY = delimited(1, [utf8('type')]);
const IS_FINAL = varintField(4, 1);

/** What is the same in every attempt of one append: all but the correlation id. */
export interface EncodedAppend {
  readonly parts: readonly Uint8Array[];
}

/**
 * `BatchAppendReq` without its correlation id. Serialises the data here, so that what JSON cannot carry fails before
 * anything was sent.
 * @throws RangeError when there is nothing to append or too much, TypeError on a bigint in data or metadata
 */
export function encodeAppend(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): EncodedAppend {
  const parts = delimited(2, [...delimited(1, delimited(3, [utf8(stream)])), ...expectedPosition(expected)]);
  let dataBytes = 0;
  for (const event of events) {
    const data = utf8(JSON.stringify(event.data));
    dataBytes += data.length;
    const message = [
      ...delimited(1, delimited(2, [utf8(event.id)])),
      ...delimited(2, [...TYPE_KEY, ...delimited(2, [utf8(event.type)])]),
      ...JSON_CONTENT,
      ...delimited(3, [utf8(JSON.stringify(event.metadata))]),
      ...delimited(4, [data]),
    ];
    parts.push(...delimited(3, message));
  }
  checkAppendLimits(expected, events.length, dataBytes);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes > MAX_MESSAGE_BYTES) throw new RangeError(`An append with its metadata has ${bytes} bytes: too many.`);
  parts.push(IS_FINAL);
  return { parts };
}

export function withCorrelationId(append: EncodedAppend, correlationId: string): Buffer {
  return Buffer.concat([...delimited(1, delimited(2, [utf8(correlationId)])), ...append.parts]);
}

function expectedPosition(expected: ExpectedRevision): Uint8Array[] {
  if (expected === 'no-stream') return delimited(3, []);
  if (expected === 'any') return delimited(4, []);
  return [varintField(2, expected)];
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
  | { readonly kind: 'refused'; readonly cause: string };

/** `BatchAppendResp`. */
export function decodeAppendReply(bytes: Buffer): { correlationId: string; reply: AppendReply } {
  const reader = new FieldReader(bytes);
  let correlationId = '';
  let reply: AppendReply = { kind: 'unknown', cause: 'a reply without a result' };
  while (reader.next()) {
    if (reader.field === 1) correlationId = uuid(reader.message());
    else if (reader.field === 2) reply = failure(reader.message());
    else if (reader.field === 3) reply = success(reader.message());
  }
  return { correlationId, reply };
}

function success(reader: FieldReader): AppendReply {
  let revision = -1;
  let position: bigint | undefined;
  while (reader.next()) {
    if (reader.field === 1) revision = reader.integer();
    else if (reader.field === 3) position = commitPosition(reader.message());
  }
  return { kind: 'appended', revision, position };
}

function commitPosition(reader: FieldReader): bigint {
  let position = 0n;
  while (reader.next()) if (reader.field === 1) position = reader.big();
  return position;
}

/** `google.rpc.Status`: what went wrong is the type of its details. */
function failure(reader: FieldReader): AppendReply {
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
      return { kind: 'conflict', revision: currentRevision(new FieldReader(detail)) };
    case 'Timeout':
    case 'Unknown':
      return { kind: 'unknown', cause: `${name} ${message}` };
    default:
      return { kind: 'refused', cause: `${name} ${message}` };
  }
}

function currentRevision(reader: FieldReader): number {
  let revision = -1;
  while (reader.next()) if (reader.field === 1) revision = reader.integer();
  return revision;
}

/** Ours are sent as text; a server may answer with the two halves instead. */
export function uuid(reader: FieldReader): string {
  let text = '';
  while (reader.next()) {
    if (reader.field === 2) text = reader.text();
    else if (reader.field === 1) {
      const halves = reader.message();
      const half = [0n, 0n, 0n];
      while (halves.next()) half[halves.field] = halves.big();
      const hex = [half[1] ?? 0n, half[2] ?? 0n].map((value) => value.toString(16).padStart(16, '0')).join('');
      text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    }
  }
  return text;
}
