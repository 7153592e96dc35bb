import { BACKWARDS, END, type StreamMetadata } from '@eventstore/db-client';
import { describe, expect, test, vi } from 'vitest';
import { connect, event, events, inAll, newStream, now, revisionsOf } from '../support.js';

const client = await connect();

/** A stream of the revisions 0 to 4. */
async function bounded(metadata: StreamMetadata): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(5));
  await client.setStreamMetadata(stream, metadata);
  return stream;
}

const backwards = { direction: BACKWARDS, fromRevision: END } as const;

const BOUNDS: ReadonlyArray<readonly [string, StreamMetadata, number[]]> = [
  ['maxCount keeps the newest', { maxCount: 2 }, [3, 4]],
  ['maxCount above the count keeps all', { maxCount: 9 }, [0, 1, 2, 3, 4]],
  ['truncateBefore hides what is older', { truncateBefore: 3 }, [3, 4]],
  ['truncateBefore 0 hides nothing', { truncateBefore: 0 }, [0, 1, 2, 3, 4]],
  ['truncateBefore past the head hides all: empty, not missing', { truncateBefore: 9 }, []],
  ['of both the narrower counts: maxCount', { maxCount: 1, truncateBefore: 2 }, [4]],
  ['of both the narrower counts: truncateBefore', { maxCount: 3, truncateBefore: 4 }, [4]],
  ['maxAge leaves young events alone', { maxAge: 3_600 }, [0, 1, 2, 3, 4]],
];

describe.each(BOUNDS)('%s', (_, metadata, shown) => {
  test('in reads forwards', async () => {
    expect(await revisionsOf(client, await bounded(metadata))).toEqual(shown);
  });

  test('in reads backwards', async () => {
    expect(await revisionsOf(client, await bounded(metadata), backwards)).toEqual([...shown].reverse());
  });
});

test('a read from a hidden revision begins at the first one shown', async () => {
  const stream = await bounded({ truncateBefore: 3 });
  expect(await revisionsOf(client, stream, { fromRevision: 1n })).toEqual([3, 4]);
  expect(await revisionsOf(client, stream, { fromRevision: 1n, maxCount: 1 })).toEqual([3]);
});

test('a read backwards from a hidden revision is empty', async () => {
  const stream = await bounded({ truncateBefore: 3 });
  expect(await revisionsOf(client, stream, { direction: BACKWARDS, fromRevision: 1n })).toEqual([]);
});

test('maxCount moves on as the stream grows', async () => {
  const stream = await bounded({ maxCount: 2 });
  await client.appendToStream(stream, event());
  expect(await revisionsOf(client, stream)).toEqual([4, 5]);
});

test('truncateBefore past the head hides what is written up to it', async () => {
  const stream = await bounded({ truncateBefore: 6 });
  await client.appendToStream(stream, events(3));
  expect(await revisionsOf(client, stream)).toEqual([6, 7]);
});

test('maxAge hides events as they come of age', async () => {
  const stream = await bounded({ maxAge: 1 });
  await vi.waitFor(async () => expect(await revisionsOf(client, stream)).toEqual([]), {
    timeout: 30_000,
    interval: 200,
  });
  await client.appendToStream(stream, event());
  expect(await revisionsOf(client, stream, { ...backwards, maxCount: 1 })).toEqual([5]);
});

test('a bound that is lifted shows what it hid', async () => {
  const stream = await bounded({ maxCount: 1 });
  await client.setStreamMetadata(stream, {});
  expect((await revisionsOf(client, stream)).at(-1)).toBe(4);
  expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3, 4]);
});

test('$all shows what a stream hides', async () => {
  const since = await now(client);
  const stream = await bounded({ maxCount: 1, truncateBefore: 9 });
  expect(await inAll(client, since, stream)).toHaveLength(5);
});

test('the next revision is that of the last event, hidden or not', async () => {
  const stream = await bounded({ truncateBefore: 9 });
  const { nextExpectedRevision } = await client.appendToStream(stream, event(), { expectedRevision: 4n });
  expect(nextExpectedRevision).toBe(5n);
});
