import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryAvailabilityStore } from '../../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { feedToken, parseFeedToken } from '../../../src/http/feed/feed-token.js';
import type { SubscribeOptions } from '../../../src/ports/event-store.js';
import { AvailabilityProjection } from '../../../src/projections/availability.js';
import type { FeedEntry, FeedPlace } from '../../../src/projections/feed/feed-entry.js';
import type { FeedReader } from '../../../src/projections/feed/feed-reader.js';
import { LiveFeed, UnknownPlace } from '../../../src/projections/feed/live-feed.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { following, LogLines } from '../following.js';
import { anyHistory, type Happened, RECORDED_AT, received, record } from '../stock-events.js';
import { atSecond, happens, key, reserved, sold } from './shop.js';

const EVERYTHING = { includes: () => true };
const clock = new FixedClock(RECORDED_AT);
const feeds: LiveFeed[] = [];
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  clock.set(RECORDED_AT);
});

/** The feed of a process that has just started; it has no read model unless there is one. */
function process(store: MemoryEventStore, model = new MemoryAvailabilityStore()): LiveFeed {
  const feed = new LiveFeed(store, model, clock, new LogLines());
  feeds.push(feed);
  return feed;
}

/** Takes entries until one satisfies. */
async function readUntil(
  feed: LiveFeed,
  reader: FeedReader,
  isLast: (entry: FeedEntry) => boolean,
  atOnce = 100,
): Promise<FeedEntry[]> {
  const read: FeedEntry[] = [];
  while (true) {
    for (const entry of feed.take(reader, atOnce)) {
      read.push(entry);
      if (isLast(entry)) return read;
    }
    expect(reader.ended).toBe(false);
    await reader.ready(5_000);
  }
}

const ids = (entries: readonly FeedEntry[]) => entries.map(({ event }) => event.id);
const overTheWire = (place: FeedPlace): FeedPlace | undefined => parseFeedToken(feedToken(place));
const endsAt = (sku: string) => (entry: FeedEntry) => entry.key.sku === sku && entry.name === 'back-in-stock';

describe('a reader of the feed', () => {
  it('hears what happens after it came, and only what it wants to hear', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-0', 1));
    const feed = process(store);
    const all = await feed.open(EVERYTHING);
    const ofB = await feed.open({ ...EVERYTHING, skus: new Set([key('B').sku]) });
    const inStores = await feed.open({ includes: (location) => location !== 'web' });
    const sales = await feed.open({ ...EVERYTHING, names: new Set(['back-in-stock' as const]) });
    await happens(store, key('A'), sold('s-1', 1));
    await happens(store, key('B'), received('r-1', 1));
    await happens(store, key('A', 'store-1'), received('r-2', 1));
    await happens(store, key('END', 'end'), received('r-3', 1));
    await happens(store, key('END'), received('r-4', 1));

    const told = async (reader: FeedReader, end: string) => ids(await readUntil(feed, reader, endsAt(end)));
    const [a, b, s] = ['A@web/1', 'B@web/0', 'A@store-1/0'];
    const end = ['END@end/0', 'END@end/0/back-in-stock'];
    expect(await told(all, 'END')).toEqual([a, b, `${b}/back-in-stock`, s, `${s}/back-in-stock`, ...end]);
    expect(await told(ofB, 'B')).toEqual([b, `${b}/back-in-stock`]);
    expect(await told(inStores, 'END')).toEqual([s, `${s}/back-in-stock`, ...end]);
    expect(await told(sales, 'END')).toEqual([`${b}/back-in-stock`, `${s}/back-in-stock`, end[1]]);
  });

  it('misses nothing and hears nothing twice, wherever it breaks off and whichever process it comes back to', async () => {
    const anyBreaks = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(anyHistory, anyHistory, anyBreaks, async (before, during, breaks) => {
        const store = new MemoryEventStore();
        let feed = process(store);
        let reader = await feed.open(EVERYTHING);
        let place = feed.placeOf(reader);
        const recording = recordSlowly(store, [...before, ...during]);
        const heard: FeedEntry[] = [];
        for (let turn = 0; heard.at(-1)?.key.sku !== 'END' || heard.at(-1)?.name !== 'back-in-stock'; turn += 1) {
          const [most, isOther] = breaks[turn % breaks.length] ?? [1, false];
          await reader.ready(20);
          heard.push(...feed.take(reader, most));
          place = overTheWire(heard.at(-1)?.place ?? place ?? { position: 0n, noticedAt: 0, index: 0 });
          feed.close(reader);
          if (isOther) feed = process(store);
          reader = await feed.open(EVERYTHING, place);
        }
        await recording;

        const exceptions = ids(heard).filter((id) => id.split('/').length > 2);
        const whole = ids(await fromTheBeginning(store)).filter((id) => id.split('/').length > 2);
        expect(exceptions).toEqual(whole);
        expect(ids(heard)).toEqual([...new Set(ids(heard))]);
        await Promise.all(feeds.splice(0).map((each) => each.stop()));
      }),
      { numRuns: 60 },
    );
  });

  it('costs a bounded number of entries however slow it is, and ends with the newest state of everything', async () => {
    const store = new MemoryEventStore();
    const feed = process(store);
    const slow = await feed.open({ ...EVERYTHING, names: new Set(['availability-changed' as const]) });
    const SKUS = 1_500;
    for (let round = 0; round < 3; round += 1) {
      for (let sku = 0; sku < SKUS; sku += 1) await happens(store, key(`S-${sku}`), received(`r-${round}`, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expect.poll(() => slow.isFull).toBe(true);
    const isLast = ({ event }: FeedEntry) => event.id === `S-${SKUS - 1}@web/2`;
    const heard = await readUntil(feed, slow, isLast, 50);

    expect(heard.length).toBeLessThan(3 * SKUS);
    const last = new Map(heard.map(({ key: { sku }, event }) => [sku, event.data.onHand]));
    expect(last.size).toBe(SKUS);
    expect(new Set(last.values())).toEqual(new Set([3]));
  });

  it('shares one subscription with all others, and leaves none behind', async () => {
    let open = 0;
    let most = 0;
    const store = new (class extends MemoryEventStore {
      override async *subscribe(options: SubscribeOptions) {
        open += 1;
        most = Math.max(most, open);
        try {
          yield* super.subscribe(options);
        } finally {
          open -= 1;
        }
      }
    })();
    const feed = process(store);
    const readers = await Promise.all(Array.from({ length: 2_000 }, () => feed.open(EVERYTHING)));
    await happens(store, key('A'), received('r-1', 1));
    for (const reader of readers) expect(await readUntil(feed, reader, endsAt('A'))).toHaveLength(2);
    await feed.stop();
    expect(readers.every(({ ended }) => ended)).toBe(true);
    expect([most, open]).toEqual([1, 0]);
  });

  it('is told of a hold that ends by itself, and hears of it once when it comes again', async () => {
    const store = new MemoryEventStore();
    const feed = process(store);
    const reader = await feed.open(EVERYTHING);
    await happens(store, key('A'), received('r-1', 1));
    await happens(store, key('A'), reserved('cart', 1, 30));
    await readUntil(feed, reader, ({ event }) => event.id === 'A@web/1');
    clock.set(atSecond(31));
    const told = await readUntil(feed, reader, endsAt('A'));
    expect(ids(told)).toEqual(['A@web/1/2026-05-01T12:00:30.000Z', 'A@web/1/2026-05-01T12:00:30.000Z/back-in-stock']);

    const [first] = told;
    const again = await feed.open(EVERYTHING, first && overTheWire(first.place));
    expect(ids(await readUntil(feed, again, endsAt('A')))).toEqual(ids(told.slice(1)));
  });

  it('is told of a hold that it read of while catching up', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 1));
    await happens(store, key('A'), reserved('cart', 1, 30));
    const feed = process(store);
    const reader = await feed.open(EVERYTHING, parseFeedToken('p0'));
    await readUntil(feed, reader, ({ event }) => event.id === 'A@web/1');
    clock.set(atSecond(31));
    expect(ids(await readUntil(feed, reader, endsAt('A')))).toHaveLength(2);
  });

  it('is told of a hold that began before anybody listened, at a SKU that it names', async () => {
    const store = new MemoryEventStore();
    const model = new MemoryAvailabilityStore();
    await happens(store, key('A'), received('r-1', 1));
    await happens(store, key('A'), reserved('cart', 1, 30));
    await following(store, new AvailabilityProjection(store, model, clock), async () => {
      const feed = process(store, model);
      const reader = await feed.open({ ...EVERYTHING, skus: new Set([key('A').sku]) });
      await new Promise((resolve) => setTimeout(resolve, 50));
      clock.set(atSecond(31));
      expect(ids(await readUntil(feed, reader, endsAt('A')))).toHaveLength(2);
    });
  });

  it('may not ask for what has not happened', async () => {
    const store = new MemoryEventStore();
    await happens(store, key('A'), received('r-1', 1));
    await expect(process(store).open(EVERYTHING, parseFeedToken('pzz'))).rejects.toThrow(UnknownPlace);
  });
});

/** Records a history while others listen, and then a SKU that says that it was all. */
async function recordSlowly(store: MemoryEventStore, history: readonly Happened[]): Promise<void> {
  for (const happened of history) {
    await record(store, [happened]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await happens(store, key('END'), received('the-end', 1));
}

async function fromTheBeginning(store: MemoryEventStore): Promise<FeedEntry[]> {
  const feed = process(store);
  const reader = await feed.open(EVERYTHING, parseFeedToken('p0'));
  return readUntil(feed, reader, endsAt('END'));
}
