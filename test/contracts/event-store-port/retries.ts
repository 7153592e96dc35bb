import { describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/ports/event-store.js';
import { all, event, events, freshPrefix, given, ids } from './given.js';

export function retries(store: () => EventStore): void {
  const freshStream = () => `${freshPrefix()}a`;

  describe('the same ids at the same expected revision again', () => {
    it.each([
      ['no-stream', 0],
      [1, 2],
    ] as const)('after %s are recognised, however much came since', async (expected, before) => {
      const stream = freshStream();
      if (before > 0) await given(store(), stream, 'no-stream', events(before));
      const written = events(3);
      const original = await given(store(), stream, expected, written);
      await given(store(), stream, original.revision, events(5));
      expect(await store().append(stream, expected, written)).toEqual(original);
      expect(await all(store().readStream(stream))).toHaveLength(before + 8);
    });

    it('are recognised across the borders of the original appends', async () => {
      const stream = freshStream();
      const written = events(4);
      await given(store(), stream, 'no-stream', written.slice(0, 2));
      const original = await given(store(), stream, 1, written.slice(2));
      expect(await store().append(stream, 'no-stream', written)).toEqual(original);
    });

    it('are recognised by all of several retries at once', async () => {
      const stream = freshStream();
      const written = events(2);
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => store().append(stream, 'no-stream', written)));
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['appended']));
      expect(ids(await all(store().readStream(stream)))).toEqual(ids(written));
    });

    it('are recognised after they have been truncated', async () => {
      const stream = freshStream();
      const written = events(2);
      const original = await given(store(), stream, 'no-stream', written);
      await given(store(), stream, 1, events(3));
      await store().keepNewest(stream, 1);
      const again = await given(store(), stream, 'no-stream', written);
      expect(again.revision).toBe(1);
      expect(again.position).toBeGreaterThanOrEqual(original.position);
    });
  });

  describe('ids that are known only in part', () => {
    it.each([
      ['the first is another', (written: ReturnType<typeof events>) => [event(), ...written.slice(1)]],
      ['a later one is another', (written: ReturnType<typeof events>) => [...written.slice(0, 1), event()]],
      ['they run past the head', (written: ReturnType<typeof events>) => [...written, event()]],
    ])('conflict when %s', async (_, changed) => {
      const stream = freshStream();
      const written = events(2);
      await given(store(), stream, 'no-stream', written);
      expect(await store().append(stream, 'no-stream', changed(written))).toEqual({ status: 'conflict', revision: 1 });
      expect(await all(store().readStream(stream))).toHaveLength(2);
    });
  });

  it('the same ids at the newer, present revision are written again', async () => {
    const stream = freshStream();
    const written = events(1);
    await given(store(), stream, 'no-stream', written);
    expect(await store().append(stream, 0, written)).toMatchObject({ status: 'appended', revision: 1 });
  });

  it('the same ids at any revision are recognised', async () => {
    const stream = freshStream();
    await given(store(), stream, 'any', events(2));
    const written = events(2);
    const original = await given(store(), stream, 'any', written);
    expect(await store().append(stream, 'any', written)).toEqual(original);
  });
}
