import type { SqlRow } from '../../../sqlite.js';
import { type EventContent, eventChecksum } from './checksum.js';
import { type Column, columnBytes } from './column.js';
import { DamagedRecord, TOMBSTONE_REVISION } from './schema.js';

/** One event as stored. */
export interface EventRow extends EventContent {
  /** As it goes over the wire, kept by whoever sent it first for those who send it next. */
  encoded?: Buffer;
}

/** At most so much in one page, so that a reader neither holds memory nor the event loop for long. */
export interface PageLimit {
  readonly events: number;
  readonly bytes: number;
}

export interface EventPage {
  readonly events: readonly EventRow[];
  /** Whether the limit ended the page, so that there may be more. */
  readonly more: boolean;
}

export const EMPTY_PAGE: EventPage = { events: [], more: false };

/** What {@link toEvent} takes, in this order. */
export const EVENT_COLUMNS =
  'event.position, skipped, event.stream, event.revision, lower(hex(event.id)), type, json, created, metadata, data, sum';

/** @throws DamagedRecord when the row is not as it was written */
export function toEvent(row: SqlRow): EventRow {
  const [position, skipped, stream, revision, id, type, json, created, metadata, data, sum] = row as [
    number,
    number,
    number,
    number,
    string,
    number,
    number,
    number,
    Column,
    Column,
    number,
  ];
  const event = {
    position,
    skipped,
    stream,
    revision,
    id,
    type,
    json: json === 1,
    created,
    metadata,
    data,
  };
  // Nothing, and no bytes, count as 0 in a checksum; the other numbers are never 0.
  const areNumbers = typeof skipped === 'number' && typeof revision === 'number';
  if (!areNumbers || eventChecksum(event) !== sum)
    throw new DamagedRecord(`The event at position ${position} is damaged`);
  return event;
}

/**
 * Whether `event` may follow `previous`, which is undefined for the first of a page. A damaged tree may lead to an event
 * that lies before those asked for: who went on behind it would be told the same again and again.
 */
export type Succession = (event: EventRow, previous: EventRow | undefined) => boolean;

/** `$all` from a position on: every event says which position the one before it has. */
export function positionsFrom(from: number): Succession {
  return ({ position, skipped }, previous) => {
    const before = position - skipped - 1;
    if (previous !== undefined) return before === previous.position;
    return position >= from && before < Math.max(from, 1);
  };
}

/** `$all` from a position down. */
export function positionsDown(from: number): Succession {
  return ({ position }, previous) =>
    previous === undefined ? position <= from : position === previous.position - previous.skipped - 1;
}

/** A stream from a revision on; a tombstone may follow any. */
export function revisionsFrom(stream: number, from: number): Succession {
  return (event, previous) => {
    const expected = previous === undefined ? from : previous.revision + 1;
    return event.stream === stream && (event.revision === expected || event.revision === TOMBSTONE_REVISION);
  };
}

export function revisionsDown(stream: number, from: number): Succession {
  return (event, previous) => {
    if (event.stream !== stream) return false;
    if (previous === undefined) return event.revision <= from;
    return previous.revision === TOMBSTONE_REVISION || event.revision === previous.revision - 1;
  };
}

/** Of the revisions between, both inclusive, when some are left out by their age. */
export function ofStream(stream: number, from: number, to: number): Succession {
  return (event) => event.stream === stream && event.revision >= from && event.revision <= to;
}

/** @throws DamagedRecord when an event is not as it was written, or one is missing between two */
export function page(rows: Iterable<SqlRow>, limit: PageLimit, follows: Succession): EventPage {
  const events: EventRow[] = [];
  let bytes = 0;
  let previous: EventRow | undefined;
  for (const row of rows) {
    const event = toEvent(row);
    if (!follows(event, previous))
      throw new DamagedRecord(`An event is missing or out of turn at position ${event.position}`);
    previous = event;
    events.push(event);
    bytes += columnBytes(event.metadata) + columnBytes(event.data);
    if (bytes >= limit.bytes) return { events, more: true };
  }
  return { events, more: events.length === limit.events };
}
