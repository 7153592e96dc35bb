import type { ExpectedRevision, NewEvent, RecordedEvent } from '../../../ports/event-store.js';

type Recorded = Pick<RecordedEvent, 'id' | 'revision' | 'position'>;

export type CommitDecision =
  | { readonly kind: 'write' }
  /** These ids are there already; `last` is the recorded event of the last one. */
  | { readonly kind: 'already'; readonly last: Recorded }
  | { readonly kind: 'conflict' };

/** EventStoreDB's rules: a retry is known by its ids where the expected revision puts them, never by its data. */
export function checkAppend(
  stored: readonly Recorded[],
  expected: ExpectedRevision,
  events: readonly NewEvent[],
): CommitDecision {
  if (expected === 'any') return checkAny(stored, events);
  const expectedRevision = expected === 'no-stream' ? -1 : expected;
  const head = stored.length - 1;
  if (expectedRevision === head) return { kind: 'write' };
  const there = stored.slice(expectedRevision + 1, expectedRevision + 1 + events.length);
  const last = there.at(-1);
  const same = there.length === events.length && there.every((event, index) => event.id === events[index]?.id);
  return same && last !== undefined ? { kind: 'already', last } : { kind: 'conflict' };
}

function checkAny(stored: readonly Recorded[], events: readonly NewEvent[]): CommitDecision {
  const found = events.map(({ id }) => stored.find((event) => event.id === id));
  if (found[0] === undefined) return { kind: 'write' };
  const last = found.at(-1);
  return last !== undefined && found.every((event) => event !== undefined)
    ? { kind: 'already', last }
    : { kind: 'conflict' };
}
