import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import type { FeedEntry } from '../../../src/projections/feed/feed-entry.js';
import { isBehind } from '../../../src/projections/feed/feed-entry.js';
import { FeedFold } from '../../../src/projections/feed/feed-fold.js';
import { anyHistory, received, record } from '../stock-events.js';
import { atSecond, batchOf, happens, key, reserved, sold, warnAt } from './shop.js';

const SOURCE = '/stockfold/test';

/** What the whole store tells in one go, in short. */
async function told(store: MemoryEventStore): Promise<string[]> {
  const { entries } = await new FeedFold(store, SOURCE).take(await batchOf(store));
  return entries.map(({ event }) => event.id);
}

describe('what the feed tells', () => {
  it('low stock when it falls to the threshold, once until it has been above it', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 10));
    await happens(store, key('A'), warnAt(3));
    for (const [index, quantity] of [6, 1, 1].entries()) await happens(store, key('A'), sold(`s-${index}`, quantity));
    await happens(store, key('A'), received('r-2', 5));
    await happens(store, key('A'), sold('s-9', 4));

    expect(await told(store)).toEqual(['A@web/0/back-in-stock', 'A@web/3/low-stock', 'A@web/6', 'A@web/6/low-stock']);
  });

  it('low stock when the rules change under the stock that is there', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 10));
    await happens(store, key('A'), warnAt(3));
    await happens(store, key('A'), warnAt(3, 8));
    expect(await told(store)).toContain('A@web/2/low-stock');
  });

  it('back in stock when the last hold on empty shelves ends, at its second, by an event or without one', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 1), 0);
    await happens(store, key('A'), reserved('cart', 1, 30), 1);
    const fold = new FeedFold(store, SOURCE);
    (await fold.take(await batchOf(store))).commit();

    expect(fold.passTime(atSecond(29), 2n).entries).toEqual([]);
    const atItsSecond = fold.passTime(atSecond(31), 2n);
    const byTime = atItsSecond.entries.map(({ event }) => event);
    expect(byTime.map(({ id, time }) => [id, time])).toEqual([
      ['A@web/1/2026-05-01T12:00:30.000Z', '2026-05-01T12:00:30.000Z'],
      ['A@web/1/2026-05-01T12:00:30.000Z/back-in-stock', '2026-05-01T12:00:30.000Z'],
    ]);
    expect(byTime[0]?.data).toMatchObject({ available: 1, reserved: 0 });
    atItsSecond.commit();
    expect(fold.passTime(atSecond(40), 2n).entries).toEqual([]);

    // Whoever looks only later is told the same, with the next event.
    await happens(store, key('A'), warnAt(1), 45);
    const replayed = await new FeedFold(store, SOURCE).take(await batchOf(store));
    expect(replayed.entries.map(({ event }) => event)).toContainEqual(byTime[1]);
  });

  it('oversold with the reservations at risk, and late movements', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 1));
    await happens(store, key('A'), reserved('cart', 1, 600));
    const exceptions = { exceptions: ['oversold', 'late'], atRisk: ['cart'] };
    await happens(store, key('A'), sold('till-7', 1, exceptions));

    const { entries } = await new FeedFold(store, SOURCE).take(await batchOf(store));
    const [oversold, late] = entries.slice(-2).map(({ event }) => event);
    expect(oversold).toMatchObject({
      id: 'A@web/2/oversold',
      type: 'stockfold.oversold.v1',
      subject: 'exceptions/oversold/web/A',
      data: { onHand: 0, reserved: 1, movement: { id: 'till-7', type: 'Sold' } },
    });
    expect(oversold?.data.atRisk).toEqual([{ reference: 'cart', reservationId: expect.stringMatching(/^s/) }]);
    expect(late).toMatchObject({ id: 'A@web/2/late-movement', data: { movement: { id: 'till-7' } } });
  });

  it('nothing of an event that changes no number', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 1));
    await happens(store, key('A'), warnAt(0));
    expect(await told(store)).toEqual(['A@web/0', 'A@web/0/back-in-stock']);
  });
});

const isException = ({ name }: FeedEntry): boolean => name !== 'availability-changed';

/** The last availability told of each SKU and location. */
const last = (entries: readonly FeedEntry[]) =>
  new Map(entries.filter((entry) => !isException(entry)).map(({ event }) => [event.subject, event]));

/** Told in batches of these sizes, by folds that forget early; now and then one is lost, or its work is. */
async function piecemeal(store: MemoryEventStore, sizes: readonly number[]): Promise<readonly FeedEntry[]> {
  const told: FeedEntry[] = [];
  let after = 0n;
  let fold = new FeedFold(store, SOURCE, 2);
  for (let turn = 0; ; turn += 1) {
    const batch = await batchOf(store, after, sizes[turn % sizes.length]);
    if (batch.events.length === 0) return told;
    if (turn % 3 === 2) fold = new FeedFold(store, SOURCE, 2);
    const { entries, commit } = await fold.take(batch);
    if (turn % 4 === 1) continue;
    told.push(...entries);
    commit();
    after = batch.position;
  }
}

describe('whatever the batches, restarts and losses of memory', () => {
  it('the same exceptions are told under the same ids, in the same places, and the same availability at the end', async () => {
    const anySizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyHistory, anySizes, async (history, sizes) => {
        const store = new MemoryEventStore();
        await record(store, history);
        const atOnce = (await new FeedFold(store, SOURCE).take(await batchOf(store))).entries;
        const told = await piecemeal(store, sizes);

        expect(told.filter(isException)).toEqual(atOnce.filter(isException));
        expect(last(told)).toEqual(last(atOnce));
        for (const [index, { place }] of told.entries()) {
          const before = told[index - 1];
          if (before !== undefined) expect(isBehind(place, before.place)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });
});
