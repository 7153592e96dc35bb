import { readProperty, readStreamName, readUuid } from '../protobuf/messages.js';
import { MessageReader } from '../protobuf/reader.js';

/** An event with its content as bytes, so that nothing of it changes on the way. */
export interface StoredEvent {
  readonly id: string;
  readonly stream: string;
  /** Of a tombstone, more than any number of events. */
  readonly revision: number;
  readonly position: bigint;
  readonly type: string;
  readonly contentType: string;
  readonly metadata: Buffer;
  readonly data: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** The event of a `ReadResp`; undefined when it tells something else. */
export function decodeStored(message: Buffer): StoredEvent | undefined {
  const reader = new MessageReader(message);
  while (reader.next()) if (reader.field === 1) return readEvent(reader.message());
  return undefined;
}

function readEvent(reader: MessageReader): StoredEvent | undefined {
  let event: StoredEvent | undefined;
  let position = 0n;
  while (reader.next()) {
    if (reader.field === 1) event = recordedEvent(reader.message());
    else if (reader.field === 3) position = reader.big();
  }
  return event && { ...event, position };
}

function recordedEvent(reader: MessageReader): StoredEvent {
  const event = { id: '', stream: '', revision: 0, position: 0n, type: '', contentType: '' };
  let metadata: Buffer = NOTHING;
  let data: Buffer = NOTHING;
  while (reader.next()) {
    if (reader.field === 1) event.id = readUuid(reader.message());
    else if (reader.field === 2) event.stream = readStreamName(reader.message());
    else if (reader.field === 3) event.revision = Number(reader.big());
    else if (reader.field === 6) {
      const [key, value] = readProperty(reader.message());
      if (key === 'type') event.type = value;
      else if (key === 'content-type') event.contentType = value;
    } else if (reader.field === 7) metadata = reader.bytes();
    else if (reader.field === 8) data = reader.bytes();
  }
  return { ...event, metadata, data };
}

export const METASTREAM = '$$';
export const IDENTITY_STREAM = 'stockfold-identity';
export const CHECKPOINT_STREAMS = 'checkpoint-';
export const DELIVERY_STREAMS = 'delivery-';
export const DECISION_STREAMS = 'decisions-';
export const REPLAY_STREAMS = 'replay-';

export const isTombstone = ({ type, revision }: StoredEvent): boolean =>
  type === '$streamDeleted' && revision > Number.MAX_SAFE_INTEGER;

/**
 * Whether a stream is taken along. Those of the server itself are not, nor what is true of one store only: its
 * identity, and the places up to which projections have read it.
 */
export function isCarried(stream: string): boolean {
  const name = originalOf(stream);
  return isOfUsers(stream) && name !== IDENTITY_STREAM && !name.startsWith(CHECKPOINT_STREAMS);
}

/** Whether a stream is none of the server itself, nor tells of one. */
export const isOfUsers = (stream: string): boolean => !originalOf(stream).startsWith('$');

const originalOf = (stream: string): string =>
  stream.startsWith(METASTREAM) ? stream.slice(METASTREAM.length) : stream;

/** The object that an event's data is; undefined when it is none. */
export function jsonOf(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
