import { describe, expect, it } from 'vitest';
import { type EventStore } from '../../../src/ports/event-store.js';
import { all, event, events, freshPrefix, given, ids, revisions } from './given.js';

export function reads(store: () => EventStore): void {
  async function givenStream(count: number): Promise<string> {
    const stream = `${freshPrefix()}a`;
    await given(store(), stream, 'no-stream', events(count));
    return stream;
  }

  describe('a read of one stream', () => {
    it.each([
      [{}, [0, 1, 2, 3, 4]],
      [{ from: 3 }, [3, 4]],
      [{ maxCount: 2 }, [0, 1]],
      [{ from: 1, maxCount: 2 }, [1, 2]],
      [{ from: 5 }, []],
      [{ maxCount: 0 }, []],
      [{ direction: 'backwards' }, [4, 3, 2, 1, 0]],
      [{ direction: 'backwards', maxCount: 1 }, [4]],
      [{ direction: 'backwards', from: 2 }, [2, 1, 0]],
      [{ direction: 'backwards', from: 3, maxCount: 2 }, [3, 2]],
      [{ direction: 'backwards', from: 0 }, [0]],
    ] as const)('with %j gives revisions %j', async (options, expected) => {
      expect(revisions(await all(store().readStream(await givenStream(5), options)))).toEqual(expected);
    });

    it('that does not exist gives nothing', async () => {
      expect(await all(store().readStream(`${freshPrefix()}a`))).toEqual([]);
      expect(await all(store().readStream(`${freshPrefix()}a`, { direction: 'backwards' }))).toEqual([]);
    });

    it('longer than any buffer gives every event once', async () => {
      const stream = await givenStream(1_000);
      for (let revision = 999; revision < 4_999; revision += 1_000) {
        await given(store(), stream, revision, events(1_000));
      }
      const expected = Array.from({ length: 5_000 }, (_, revision) => revision);
      expect(revisions(await all(store().readStream(stream)))).toEqual(expected);
      expect(revisions(await all(store().readStream(stream, { direction: 'backwards' })))).toEqual(expected.reverse());
    });

    it('can be left early', async () => {
      const stream = await givenStream(1_000);
      for (let time = 0; time < 150; time += 1) {
        for await (const { revision } of store().readStream(stream)) {
          if (revision === 10) break;
        }
      }
      expect(await store().append(stream, 999, [event()])).toMatchObject({ status: 'appended', revision: 1_000 });
    });
  });

  describe('a stream that keeps its newest events', () => {
    it('gives no others, both ways, and goes on counting', async () => {
      const stream = await givenStream(5);
      await store().keepNewest(stream, 2);
      expect(revisions(await all(store().readStream(stream)))).toEqual([3, 4]);
      expect(revisions(await all(store().readStream(stream, { direction: 'backwards' })))).toEqual([4, 3]);
      await given(store(), stream, 4, [event()]);
      expect(revisions(await all(store().readStream(stream)))).toEqual([4, 5]);
    });

    it('can be told before there is an event, and told again', async () => {
      const stream = `${freshPrefix()}a`;
      await store().keepNewest(stream, 1);
      await store().keepNewest(stream, 1);
      await given(store(), stream, 'no-stream', events(3));
      expect(revisions(await all(store().readStream(stream)))).toEqual([2]);
    });

    it('can be told by many at once', async () => {
      const stream = await givenStream(3);
      await Promise.all(Array.from({ length: 8 }, () => store().keepNewest(stream, 1)));
      expect(revisions(await all(store().readStream(stream)))).toEqual([2]);
    });
  });

  describe('a read of all streams', () => {
    it('gives the matching streams in the order of writing', async () => {
      const prefix = freshPrefix();
      const written = events(6);
      for (const [index, one] of written.entries()) await given(store(), `${prefix}${index % 3}`, 'any', [one]);
      const read = await all(store().readAll({ streamPrefixes: [`${prefix}0`, `${prefix}2`] }));
      expect(ids(read)).toEqual(ids(written.filter((_, index) => index % 3 !== 1)));
      expect(read.map(({ position }) => position)).toEqual(read.map(({ position }) => position).toSorted(byPosition));
    });

    it('after a position begins behind it', async () => {
      const prefix = freshPrefix();
      const written = events(5);
      await given(store(), `${prefix}a`, 'no-stream', written);
      const streamPrefixes = [prefix];
      for (const [index, { position }] of (await all(store().readAll({ streamPrefixes }))).entries()) {
        const rest = await all(store().readAll({ after: position, streamPrefixes }));
        expect(ids(rest)).toEqual(ids(written.slice(index + 1)));
      }
    });

    it('from a position begins with the event there', async () => {
      const prefix = freshPrefix();
      const written = events(5);
      await given(store(), `${prefix}a`, 'no-stream', written);
      await given(store(), `${freshPrefix()}other`, 'no-stream', [event()]);
      const streamPrefixes = [prefix];
      for (const [index, { position }] of (await all(store().readAll({ streamPrefixes }))).entries()) {
        const rest = await all(store().readAll({ from: position, streamPrefixes }));
        expect(ids(rest)).toEqual(ids(written.slice(index)));
        expect(ids(await all(store().readAll({ from: position, streamPrefixes, maxCount: 1 })))).toEqual([
          ids(rest)[0],
        ]);
      }
    });

    it('gives at most so many', async () => {
      const prefix = freshPrefix();
      const written = events(5);
      const { position } = await given(store(), `${freshPrefix()}other`, 'no-stream', [event()]);
      await given(store(), `${prefix}a`, 'no-stream', written);
      const streamPrefixes = [prefix];
      expect(ids(await all(store().readAll({ streamPrefixes, maxCount: 2 })))).toEqual(ids(written.slice(0, 2)));
      const limited = store().readAll({ after: position, streamPrefixes, maxCount: 2 });
      expect(ids(await all(limited))).toEqual(ids(written.slice(0, 2)));
      expect(await all(store().readAll({ streamPrefixes, maxCount: 0 }))).toEqual([]);
    });

    it('without prefixes gives every stream but the system ones', async () => {
      const before = await store().head([]);
      const written = events(3);
      const streams = [`${freshPrefix()}a`, `${freshPrefix()}b`];
      await given(store(), streams[0] ?? '', 'no-stream', written.slice(0, 1));
      await store().keepNewest(streams[0] ?? '', 10);
      await given(store(), streams[1] ?? '', 'no-stream', written.slice(1));
      const read = await all(store().readAll({ after: before }));
      expect(ids(read.filter(({ stream }) => streams.includes(stream)))).toEqual(ids(written));
      expect(read.filter(({ stream }) => stream.startsWith('$'))).toEqual([]);
    });
  });

  describe('the head', () => {
    it('is the position of the newest matching event', async () => {
      const prefix = freshPrefix();
      const { position } = await given(store(), `${prefix}a`, 'no-stream', events(3));
      await given(store(), `${freshPrefix()}other`, 'no-stream', events(3));
      expect(await store().head([`${prefix}b`, prefix])).toBe(position);
    });

    it('when nothing matches is the start or, in a store with much in it, no later than what is new', async () => {
      const { position } = await given(store(), `${freshPrefix()}other`, 'no-stream', [event()]);
      expect(await store().head([freshPrefix()])).toBeLessThanOrEqual(position);
    });
  });

  it('nothing lies behind the end, no place either that a follower has got to', async () => {
    const { position } = await given(store(), `${freshPrefix()}a`, 'no-stream', events(3));
    expect(await store().end()).toBeGreaterThanOrEqual(position);
    await store().keepNewest(`${freshPrefix()}a`, 10);
    for await (const batch of store().subscribe({
      after: position,
      streamPrefixes: [freshPrefix()],
      signal: new AbortController().signal,
    })) {
      if (!batch.live) continue;
      expect(await store().end()).toBeGreaterThanOrEqual(batch.position);
      break;
    }
  });

  it('its identity is a uuid that stays, whoever asks first', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => store().identity()));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
}

const byPosition = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
