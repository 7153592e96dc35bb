import { readProperty, readStreamName } from '../../protobuf/messages.js';
import { MessageReader } from '../../protobuf/reader.js';
import { toColumn } from '../storage/column.js';
import { type Expected, NO_STREAM } from '../storage/commit-check.js';
import type { ProposedEvent } from '../storage/transaction.js';
import { readEventId } from './event-id.js';
import { expectedRevision } from './expected.js';

export interface BatchAppendOptions {
  readonly stream: string | undefined;
  readonly expected: Expected | undefined;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** One message of a BatchAppend call: an append, or a part of one. */
export interface BatchAppendChunk {
  /** The UUID message as sent, to be sent back as it is. */
  readonly correlationId: Buffer;
  readonly options: BatchAppendOptions | undefined;
  readonly events: readonly ProposedEvent[];
  /** Bytes of `data`, which alone count against the limit. */
  readonly dataBytes: number;
  /** What is wrong with an event, if anything. */
  readonly problem: string | undefined;
  readonly final: boolean;
}

const JSON_CONTENT = 'application/json';

export function decodeBatchAppendChunk(bytes: Buffer): BatchAppendChunk {
  const reader = new MessageReader(bytes);
  const events: ProposedEvent[] = [];
  let correlationId = Buffer.alloc(0);
  let options: BatchAppendOptions | undefined;
  let dataBytes = 0;
  let problem: string | undefined;
  let final = false;
  while (reader.next()) {
    if (reader.field === 1) correlationId = Buffer.from(reader.bytes());
    else if (reader.field === 2) options = readOptions(reader.message());
    else if (reader.field === 3) {
      const proposed = readEvent(reader.message());
      dataBytes += proposed.dataBytes;
      if (proposed.event === undefined) problem ??= proposed.problem;
      else events.push(proposed.event);
    } else if (reader.field === 4) final = reader.integer() !== 0;
  }
  return { correlationId, options, events, dataBytes, problem, final };
}

function readOptions(reader: MessageReader): BatchAppendOptions {
  let stream: string | undefined;
  let expected: Expected | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        stream = readStreamName(reader.message());
        break;
      case 2:
        expected = expectedRevision(reader.big());
        break;
      case 3:
        expected = NO_STREAM;
        break;
      case 4:
        expected = 'any';
        break;
      case 5:
        expected = 'stream_exists';
        break;
      case 6:
        deadline = readMilliseconds(reader.message());
        break;
      case 7:
        deadline = Date.now() + readMilliseconds(reader.message());
        break;
    }
  }
  return { stream, expected, deadline };
}

/** A Timestamp or a Duration. */
function readMilliseconds(reader: MessageReader): number {
  let milliseconds = 0;
  while (reader.next()) {
    if (reader.field === 1) milliseconds += reader.signed() * 1_000;
    else if (reader.field === 2) milliseconds += reader.signed() / 1_000_000;
  }
  return milliseconds;
}

interface Proposed {
  readonly event: ProposedEvent | undefined;
  readonly problem: string | undefined;
  readonly dataBytes: number;
}

function readEvent(reader: MessageReader): Proposed {
  let id: string | undefined;
  let metadata: Buffer | undefined;
  let data: Buffer | undefined;
  const properties: EventProperties = { type: undefined, contentType: undefined };
  while (reader.next()) {
    if (reader.field === 1) id = readEventId(reader.message());
    else if (reader.field === 2) {
      const [key, value] = readProperty(reader.message());
      if (key === 'type') properties.type = value;
      else if (key === 'content-type') properties.contentType = value;
    } else if (reader.field === 3) metadata = reader.bytes();
    else if (reader.field === 4) data = reader.bytes();
  }
  return proposeEvent(id, properties, metadata, data);
}

export interface EventProperties {
  type: string | undefined;
  contentType: string | undefined;
}

export function proposeEvent(
  id: string | undefined,
  { type, contentType }: EventProperties,
  metadata: Buffer | undefined,
  data: Buffer | undefined,
): Proposed {
  const dataBytes = data?.length ?? 0;
  if (id === undefined) return { event: undefined, problem: 'An event has no valid id', dataBytes };
  if (!type) return { event: undefined, problem: 'An event has no type', dataBytes };
  if (contentType === undefined) return { event: undefined, problem: 'An event has no content-type', dataBytes };
  const event: ProposedEvent = {
    id,
    type,
    json: contentType === JSON_CONTENT,
    metadata: metadata === undefined ? '' : toColumn(metadata),
    data: data === undefined ? '' : toColumn(data),
  };
  return { event, problem: undefined, dataBytes };
}
