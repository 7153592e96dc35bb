import { describe, expect, it } from 'vitest';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../../src/ports/event-store.js';
import { START } from '../../../src/ports/event-store.js';
import { all, event, events, freshPrefix, given, ids } from './given.js';

export function subscriptions(store: () => EventStore): void {
  /** The batches until one satisfies the condition. */
  async function follow(
    from: { after: Position; prefix: string; maxBatch?: number },
    enough: (events: readonly RecordedEvent[], batch: SubscriptionBatch) => boolean,
  ): Promise<SubscriptionBatch[]> {
    const { after, prefix, ...rest } = from;
    const batches: SubscriptionBatch[] = [];
    const seen: RecordedEvent[] = [];
    const { signal } = new AbortController();
    for await (const batch of store().subscribe({ after, streamPrefixes: [prefix], signal, ...rest })) {
      batches.push(batch);
      seen.push(...batch.events);
      if (enough(seen, batch)) break;
    }
    return batches;
  }

  const delivered = (batches: readonly SubscriptionBatch[]) => batches.flatMap(({ events }) => events);

  describe('a subscription', () => {
    it('brings the history, says that it is live, then brings what is new', async () => {
      const prefix = freshPrefix();
      const old = events(3);
      const fresh = events(2);
      await given(store(), `${prefix}a`, 'no-stream', old);
      const following = follow({ after: START, prefix }, (seen) => seen.length === 5);
      const live = await follow({ after: START, prefix }, (_, batch) => batch.live);
      expect(ids(delivered(live))).toEqual(ids(old));
      await given(store(), `${prefix}a`, 2, fresh);
      const batches = await following;
      expect(ids(delivered(batches))).toEqual(ids([...old, ...fresh]));
      expect(batches.at(-1)?.live).toBe(true);
    });

    it('is live at once when there is nothing to bring', async () => {
      const [first] = await follow({ after: START, prefix: freshPrefix() }, (_, batch) => batch.live);
      expect(first?.events).toEqual([]);
    });

    it('begins behind its position', async () => {
      const prefix = freshPrefix();
      const written = events(4);
      await given(store(), `${prefix}a`, 'no-stream', written);
      const [, second] = await all(store().readStream(`${prefix}a`));
      const batches = await follow({ after: second?.position ?? START, prefix }, (seen) => seen.length === 2);
      expect(ids(delivered(batches))).toEqual(ids(written.slice(2)));
    });

    it('brings the matching streams alone, in the order of writing', async () => {
      const prefix = freshPrefix();
      const mine = events(20);
      for (const [index, one] of mine.entries()) {
        await given(store(), `${prefix}${index % 4}`, 'any', [one]);
        await given(store(), `${freshPrefix()}other`, 'any', [event()]);
      }
      const batches = await follow({ after: START, prefix }, (seen) => seen.length === 20);
      expect(ids(delivered(batches))).toEqual(ids(mine));
    });

    it('puts at most so many events into a batch, and its position at the last of them', async () => {
      const prefix = freshPrefix();
      await given(store(), `${prefix}a`, 'no-stream', events(100));
      const batches = await follow({ after: START, prefix, maxBatch: 7 }, (seen) => seen.length === 100);
      for (const { events, position } of batches) {
        expect(events.length).toBeLessThanOrEqual(7);
        if (events.length > 0) expect(position).toBeGreaterThanOrEqual(events.at(-1)?.position ?? 0n);
      }
    });

    it('tells how far it is while nothing matches', async () => {
      const after = await store().head([]);
      const other = `${freshPrefix()}other`;
      const first = await given(store(), other, 'no-stream', events(1_000));
      await given(store(), other, 999, events(1_000));
      await given(store(), other, 1_999, events(1_000));
      const far = await follow({ after, prefix: freshPrefix() }, (_, batch) => batch.position >= first.position);
      expect(delivered(far)).toEqual([]);
    });

    it('loses and repeats nothing while it turns live under writers', async () => {
      const prefix = freshPrefix();
      const after = await store().head([]);
      const writers = 16;
      const each = 60;
      const writing = Array.from({ length: writers }, async (_, writer) => {
        for (let number = 0; number < each; number += 1) {
          await given(store(), `${prefix}${writer}`, number === 0 ? 'no-stream' : number - 1, [event()]);
          await given(store(), `${freshPrefix()}other`, 'any', [event()]);
        }
      });
      const followers = Array.from({ length: 4 }, async () => {
        const batches = await follow({ after, prefix }, (seen) => seen.length === writers * each);
        return delivered(batches);
      });
      await Promise.all(writing);
      const written = await all(store().readAll({ after, streamPrefixes: [prefix] }));
      for (const seen of await Promise.all(followers)) expect(ids(seen)).toEqual(ids(written));
    });

    it('resumed from any batch goes on exactly there', async () => {
      const prefix = freshPrefix();
      const after = await store().head([]);
      for (let number = 0; number < 40; number += 1) {
        await given(store(), `${prefix}a`, 'any', events(1 + (number % 5)));
        await given(store(), `${freshPrefix()}other`, 'any', events(30 * (number % 3) + 1));
      }
      const written = await all(store().readAll({ after, streamPrefixes: [prefix] }));
      const complete = (seen: readonly RecordedEvent[]) => seen.length === written.length;
      const batches = await follow({ after, prefix, maxBatch: 11 }, complete);
      for (const { position } of batches) {
        const rest = written.filter((one) => one.position > position);
        if (rest.length === 0) continue;
        const resumed = await follow({ after: position, prefix }, (seen) => seen.length >= rest.length);
        expect(ids(delivered(resumed))).toEqual(ids(rest));
      }
    });

    it('waits for a consumer that is slow, and then lacks nothing', async () => {
      const prefix = freshPrefix();
      const after = await store().head([]);
      const text = 'x'.repeat(2_000);
      const seen: RecordedEvent[] = [];
      const consumer = (async () => {
        const { signal } = new AbortController();
        for await (const batch of store().subscribe({ after, streamPrefixes: [prefix], signal, maxBatch: 100 })) {
          seen.push(...batch.events);
          if (seen.length === 4_000) return;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      for (let revision = -1; revision < 3_999; revision += 200) {
        const written = Array.from({ length: 200 }, () => event({ text }));
        await given(store(), `${prefix}a`, revision < 0 ? 'no-stream' : revision, written);
      }
      await consumer;
      expect(seen.map(({ revision }) => revision)).toEqual(Array.from({ length: 4_000 }, (_, revision) => revision));
    });
  });

  describe('the end of a subscription', () => {
    it('comes without an error when its signal aborts, even while it waits', async () => {
      const prefix = freshPrefix();
      const stopping = new AbortController();
      const ending = all(store().subscribe({ after: START, streamPrefixes: [prefix], signal: stopping.signal }));
      await follow({ after: START, prefix }, (_, batch) => batch.live);
      stopping.abort();
      expect(delivered(await ending)).toEqual([]);
    });

    it('comes at once for a signal that has aborted before', async () => {
      const signal = AbortSignal.abort();
      expect(await all(store().subscribe({ after: START, streamPrefixes: [freshPrefix()], signal }))).toEqual([]);
    });

    it('comes when its consumer leaves while it waits', async () => {
      const { signal } = new AbortController();
      const after = await store().head([]);
      const batches = store().subscribe({ after, streamPrefixes: [freshPrefix()], signal });
      const iterator = batches[Symbol.asyncIterator]();
      let live = false;
      while (!live) live = (await iterator.next()).value.live;
      const waiting = iterator.next();
      await iterator.return?.();
      expect(await waiting).toMatchObject({ done: true });
    });
  });
}
