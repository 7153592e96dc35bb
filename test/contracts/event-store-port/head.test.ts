import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { type NewEvent, type Position, START } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';

const event = (): NewEvent => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

let node: EventNodeForTest;
let store: EventStoreDbEventStore;

beforeAll(async () => {
  node = await startEventNode();
  // Hardly a search comes to its end within this time.
  store = new EventStoreDbEventStore({ url: node.url, headSearchMs: 0 });
});
afterAll(async () => {
  await store.close();
  await node.stop();
});

async function append(stream: string, count: number): Promise<Position> {
  const outcome = await store.append(stream, 'no-stream', Array.from({ length: count }, event));
  return outcome.status === 'appended' ? outcome.position : START;
}

it('the head of streams that are few and far back is a place that whoever follows them gets past', async () => {
  const found = await append('seldom-1', 1);
  expect(await store.head(['seldom-'])).toBe(found);
  expect(await store.head([])).toBe(found);
  expect(await store.head(['never-'])).toBe(START);

  let last = found;
  for (let stream = 0; stream < 10; stream += 1) last = await append(`often-${stream}`, 1_000);
  expect(await store.head([])).toBe(last);
  expect(await store.head(['often-'])).toBe(last);

  // Where this process had to wait for its turn, the answer to the search was there before the time was up.
  let head = found;
  while (head === found) head = await store.head(['seldom-']);
  expect(head).toBeGreaterThan(found);
  const leave = new AbortController();
  const seen: string[] = [];
  for await (const batch of store.subscribe({ after: START, streamPrefixes: ['seldom-'], signal: leave.signal })) {
    seen.push(...batch.events.map(({ stream }) => stream));
    if (batch.position >= head) leave.abort();
  }
  expect(seen).toEqual(['seldom-1']);
});
