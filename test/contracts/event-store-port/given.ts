import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../../src/domain/values/json.js';
import type {
  AppendOutcome,
  EventStore,
  ExpectedRevision,
  NewEvent,
  RecordedEvent,
} from '../../../src/ports/event-store.js';

export function event(data: JsonObject = {}, type = 'Happened'): NewEvent {
  return { id: randomUUID(), type, data, metadata: { schema: 1 } };
}

export const events = (count: number): NewEvent[] => Array.from({ length: count }, (_, number) => event({ number }));

/** A prefix that no other test uses, so that the suite can run against a store that is in use. */
export const freshPrefix = (): string => `contract.${randomUUID()}-`;

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export const ids = (found: readonly { readonly id: string }[]): string[] => found.map(({ id }) => id);

export const revisions = (found: readonly RecordedEvent[]): number[] => found.map(({ revision }) => revision);

/** An append that is part of what is given. */
export async function given(
  store: EventStore,
  stream: string,
  expected: ExpectedRevision,
  written: readonly NewEvent[],
): Promise<Extract<AppendOutcome, { status: 'appended' }>> {
  const outcome = await store.append(stream, expected, written);
  if (outcome.status !== 'appended') throw new Error(`${stream} is at ${outcome.revision}, not ${expected}`);
  return outcome;
}
