import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import type { EventStore } from '../../../src/ports/event-store.js';
import { streamsInRange } from '../../../src/projections/replay/streams-in-range.js';
import { EVERYTHING } from './books.js';

/** Where the movement lay in the store it was copied from: far behind all of this one, or before it. */
const ELSEWHERE = { behind: '900000000000', before: '1' } as const;

async function append(store: EventStore, stream: string, type: string, data: object) {
  const event = { id: randomUUID(), type, data: JSON.parse(JSON.stringify(data)), metadata: {} };
  const outcome = await store.append(stream, 'any', [event]);
  if (outcome.status !== 'appended') throw new Error(`${stream} was not written`);
  return outcome.position;
}

/** One movement of the SKU, and its valuation, as the store was given them. */
async function valued(store: EventStore, sku: string, position: string, revision = 0) {
  const moved = await append(store, `stock-${sku}@SHOP`, 'Received', {});
  const source = { revision, position };
  await append(store, `valuation-${sku}@SHOP`, 'Valued', { source, method: 'average', ruleVersion: 1 });
  return moved;
}

test.each(['behind', 'before'] as const)(
  'a replay from a position on finds its movements in a copied store, whose valuations name positions %s its own',
  async (where) => {
    const store = new MemoryEventStore();
    const from = await valued(store, 'MUG', ELSEWHERE[where]);
    const to = await valued(store, 'PLATE', ELSEWHERE[where]);
    const end = (await store.head([])) + 1n;
    const skusFrom = async (position: bigint | null) => {
      const range = { ...EVERYTHING, to: end, from: position };
      return (await streamsInRange(store, 'r-1', range, end)).map(({ key }) => key.sku);
    };
    expect(await skusFrom(null)).toEqual(['MUG', 'PLATE']);
    expect(await skusFrom(from)).toEqual(['PLATE']);
    expect(await skusFrom(to)).toEqual([]);
  },
);

test('a stream is meant by its later movements alone', async () => {
  const store = new MemoryEventStore();
  const first = await valued(store, 'MUG', ELSEWHERE.before);
  await valued(store, 'MUG', ELSEWHERE.before, 1);
  const end = (await store.head([])) + 1n;
  const found = await streamsInRange(store, 'r-1', { ...EVERYTHING, to: end, from: first }, end);
  expect(found.map(({ key }) => key.sku)).toEqual(['MUG']);
});
