import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EventStore, MAX_APPEND_BYTES } from '../../../src/ports/event-store.js';
import { all, event, events, freshPrefix, given, ids, revisions } from './given.js';

export function appends(store: () => EventStore): void {
  const freshStream = () => `${freshPrefix()}a`;

  describe('an append', () => {
    it('to a new stream starts at revision 0', async () => {
      expect(await store().append(freshStream(), 'no-stream', [event()])).toMatchObject({
        status: 'appended',
        revision: 0,
      });
    });

    it('of several events answers with the revision and position of the last', async () => {
      const stream = freshStream();
      const outcome = await given(store(), stream, 'no-stream', events(3));
      const stored = await all(store().readStream(stream));
      expect(outcome.revision).toBe(2);
      expect(outcome.position).toBe(stored[2]?.position);
    });

    it('at the exact revision goes on from there', async () => {
      const stream = freshStream();
      const first = await given(store(), stream, 'no-stream', events(2));
      const second = await given(store(), stream, 1, events(2));
      expect(second.revision).toBe(3);
      expect(second.position).toBeGreaterThan(first.position);
    });

    it('at any revision goes on from wherever the stream is', async () => {
      const stream = freshStream();
      await given(store(), stream, 'any', [event()]);
      expect(await store().append(stream, 'any', [event()])).toMatchObject({ status: 'appended', revision: 1 });
    });

    it.each([0, 2, 'no-stream'] as const)('to a stream at 1 that is expected at %s conflicts', async (expected) => {
      const stream = freshStream();
      await given(store(), stream, 'no-stream', events(2));
      expect(await store().append(stream, expected, [event()])).toEqual({ status: 'conflict', revision: 1 });
      expect(await all(store().readStream(stream))).toHaveLength(2);
    });

    it('to a stream that is expected and does not exist conflicts at -1', async () => {
      expect(await store().append(freshStream(), 0, [event()])).toEqual({ status: 'conflict', revision: -1 });
    });

    it('keeps data, metadata, ids and names as they are, whatever the script', async () => {
      const stream = `${freshStream()}-größe-鞋-👟`;
      const data = {
        text: 'Größe 42 – 运动鞋 👟 \u0000 \ud800 "quoted"\n',
        number: -1.5e-7,
        big: 9_007_199_254_740_991,
        nothing: null,
        list: [true, { deep: ['x'] }],
        'naïve key': '',
      };
      const written = { id: randomUUID(), type: 'Empfangen', data, metadata: { actor: 'Żółw', none: null } };
      await given(store(), stream, 'no-stream', [written]);
      const [read] = await all(store().readStream(stream));
      expect(read).toMatchObject({ ...written, stream, revision: 0 });
    });

    it('of 1,000 events is one append', async () => {
      const stream = freshStream();
      const written = events(1_000);
      expect((await given(store(), stream, 'no-stream', written)).revision).toBe(999);
      expect(ids(await all(store().readStream(stream)))).toEqual(ids(written));
    });

    it('may have data up to the limit', async () => {
      const stream = freshStream();
      const half = 'x'.repeat(MAX_APPEND_BYTES / 2 - '{"text":""}'.length);
      const outcome = await given(store(), stream, 'no-stream', [event({ text: half }), event({ text: half })]);
      expect(outcome.revision).toBe(1);
    });

    it('above the limit is refused, and others go on', async () => {
      const stream = freshStream();
      const tooLarge = event({ text: 'x'.repeat(MAX_APPEND_BYTES - '{"text":""}'.length + 1) });
      await expect(store().append(stream, 'no-stream', [tooLarge])).rejects.toThrow(RangeError);
      expect(await store().append(stream, 'no-stream', [event()])).toMatchObject({ status: 'appended', revision: 0 });
    });

    it('of nothing is refused', async () => {
      await expect(store().append(freshStream(), 'any', [])).rejects.toThrow(RangeError);
    });

    it.each([-1, 1.5, Number.NaN])('that expects revision %s is refused', async (expected) => {
      await expect(store().append(freshStream(), expected, [event()])).rejects.toThrow(RangeError);
    });

    it('of what JSON cannot carry is refused, and others go on', async () => {
      const stream = freshStream();
      const bigint = JSON.parse('{}', (_key, value) => Object.assign(value, { quantity: 5n }));
      await expect(store().append(stream, 'no-stream', [event(bigint)])).rejects.toThrow(TypeError);
      expect(await store().append(stream, 'no-stream', [event()])).toMatchObject({ status: 'appended', revision: 0 });
    });
  });

  describe('of 64 appenders to one stream, each with an exact revision', () => {
    it('exactly one wins each revision', async () => {
      const stream = freshStream();
      const appender = async () => {
        const mine = event();
        for (let expected = -1; ; ) {
          const outcome = await store().append(stream, expected < 0 ? 'no-stream' : expected, [mine]);
          if (outcome.status === 'appended') return outcome.revision;
          expect(outcome.revision).toBeGreaterThan(expected);
          expected = outcome.revision;
        }
      };
      const won = await Promise.all(Array.from({ length: 64 }, appender));
      expect(won.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, revision) => revision));
      expect(revisions(await all(store().readStream(stream)))).toHaveLength(64);
    });
  });
}
