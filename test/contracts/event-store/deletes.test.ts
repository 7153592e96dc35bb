import { StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, all, connect, event, events, failure, newStream, readAllOf, revisionsOf } from './support.js';

const client = await connect();

async function revisionsInAll(stream: string): Promise<bigint[]> {
  const found = (await all(client.readAll())).filter(({ event }) => event?.streamId === stream);
  return found.map(({ event }) => event?.revision ?? -1n);
}

describe('a deleted stream', () => {
  test('is not found any more, while $all still shows its events', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    const { position } = await client.deleteStream(stream, { expectedRevision: 1n });
    expect(position?.commit).toBeGreaterThan(0n);
    expect(await failure(readAllOf(client, stream))).toBeInstanceOf(StreamNotFoundError);
    expect(await revisionsInAll(stream)).toEqual([0n, 1n]);
  });

  test('may be deleted again; one that never was may not', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    await client.deleteStream(stream);
    await client.deleteStream(stream);
    const error = await failure(client.deleteStream(newStream()));
    expect(error).toMatchObject({ type: 'wrong-expected-version' });
  });

  test('is deleted at the revision expected only', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    const error = await failure(client.deleteStream(stream, { expectedRevision: 1n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion: 1n, actualVersion: 2n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test.each(APPEND_METHODS)('goes on where it was when somebody appends again ($method)', async ({ options }) => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { owner: 'stock', maxCount: 100 });
    await client.appendToStream(stream, events(3));
    await client.deleteStream(stream);
    const again = await client.appendToStream(stream, events(2), { ...options, expectedRevision: 'no_stream' });
    expect(again.nextExpectedRevision).toBe(4n);
    expect(await revisionsOf(client, stream)).toEqual([3, 4]);
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 3 });
  });

  test('keeps the metadata it got after the delete', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    await client.deleteStream(stream);
    await client.setStreamMetadata(stream, { owner: 'stock' });
    expect(await readAllOf(client, stream)).toEqual([]);
    expect((await client.getStreamMetadata(stream)).metadata).toMatchObject({ owner: 'stock', truncateBefore: 2 });
  });

  test('is no existing stream, and a retry of its old events leaves it deleted', async () => {
    const stream = newStream();
    const old = events(2);
    await client.appendToStream(stream, old);
    await client.deleteStream(stream);
    const error = await failure(client.appendToStream(stream, event(), { expectedRevision: 'stream_exists' }));
    expect(error).toBeInstanceOf(StreamDeletedError);
    const retry = await client.appendToStream(stream, old);
    expect(retry).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(retry.position).toBeUndefined();
    expect(await failure(readAllOf(client, stream))).toBeInstanceOf(StreamNotFoundError);
  });
});

describe('a tombstoned stream', () => {
  test.each(APPEND_METHODS)('is over for appends, reads, deletes and metadata ($method)', async ({ options }) => {
    const stream = newStream();
    const known = event();
    await client.appendToStream(stream, known);
    await client.tombstoneStream(stream, { expectedRevision: 0n });
    const attempts = [
      () => client.appendToStream(stream, event(), options),
      () => client.appendToStream(stream, known, options),
      () => readAllOf(client, stream),
      () => client.deleteStream(stream),
      () => client.tombstoneStream(stream),
      () => client.getStreamMetadata(stream),
    ];
    const named = expect.stringContaining(stream);
    for (const attempt of attempts) {
      expect(await failure(attempt())).toMatchObject({ type: 'stream-deleted', streamName: named });
    }
  });

  test('ends with its tombstone in $all', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    await client.tombstoneStream(stream);
    expect(await revisionsInAll(stream)).toEqual([0n, 9_223_372_036_854_775_807n]);
  });

  test('need never have existed', async () => {
    const stream = newStream();
    await client.tombstoneStream(stream, { expectedRevision: 'no_stream' });
    expect(await failure(client.appendToStream(stream, event()))).toBeInstanceOf(StreamDeletedError);
  });

  test('is tombstoned at the revision expected only', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    const error = await failure(client.tombstoneStream(stream, { expectedRevision: 0n }));
    expect(error).toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1]);
  });
});
