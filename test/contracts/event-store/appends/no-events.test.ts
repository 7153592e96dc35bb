import { StreamDeletedError, WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import {
  APPEND_METHODS,
  connect,
  event,
  events,
  expectMissing,
  failure,
  inAll,
  newStream,
  now,
  readAllOf,
  revisionsOf,
} from '../support.js';

const client = await connect();

describe.each(APPEND_METHODS)('$method: an append of no events', ({ options }) => {
  test('succeeds at the revision the stream is at, and leaves nothing', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2), options);
    const since = await now(client);
    for (const expectedRevision of [1n, 'any', 'stream_exists'] as const) {
      const empty = await client.appendToStream(stream, [], { ...options, expectedRevision });
      expect(empty).toMatchObject({ success: true, nextExpectedRevision: 1n });
    }
    expect(await revisionsOf(client, stream)).toEqual([0, 1]);
    expect(await inAll(client, since, stream)).toEqual([]);
  });

  test.each([0n, 2n, 'no_stream'] as const)('is refused at another revision (%s)', async (expectedRevision) => {
    const stream = newStream();
    await client.appendToStream(stream, events(2), options);
    const error = await failure(client.appendToStream(stream, [], { ...options, expectedRevision }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
  });

  test.each(['any', 'no_stream'] as const)('makes no stream (%s)', async (expectedRevision) => {
    const stream = newStream();
    const empty = await client.appendToStream(stream, [], { ...options, expectedRevision });
    expect(empty.success).toBe(true);
    await expectMissing(client, stream);
    await client.appendToStream(stream, event(), { ...options, expectedRevision: 'no_stream' });
  });

  test('brings a deleted stream back, empty', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2), options);
    await client.deleteStream(stream);
    await client.appendToStream(stream, [], options);
    expect(await readAllOf(client, stream)).toEqual([]);
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 2 });
  });

  test('is refused on a tombstoned stream', async () => {
    const stream = newStream();
    await client.tombstoneStream(stream);
    expect(await failure(client.appendToStream(stream, [], options))).toBeInstanceOf(StreamDeletedError);
  });

  test('is not heard by subscribers', async () => {
    const stream = newStream();
    const heard: bigint[] = [];
    const subscription = client.subscribeToStream(stream);
    subscription.on('data', ({ event }) => heard.push(event?.revision ?? -1n));
    await new Promise((resolve) => subscription.once('confirmation', resolve));
    await client.appendToStream(stream, [], options);
    await client.appendToStream(stream, event(), options);
    await expect.poll(() => heard).toEqual([0n]);
    await subscription.unsubscribe();
  });
});
