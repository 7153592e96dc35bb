import { WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import {
  APPEND_METHODS,
  connect,
  event,
  events,
  failure,
  inAll,
  newStream,
  now,
  readAllOf,
  revisionsOf,
} from '../support.js';

const client = await connect();

async function deleted(count = 3): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(count));
  await client.deleteStream(stream);
  return stream;
}

describe.each(APPEND_METHODS)('$method: a deleted stream that is written to again', ({ options }) => {
  test.each(['any', 'no_stream', 2n] as const)('goes on numbering (%s)', async (expectedRevision) => {
    const stream = await deleted();
    const again = await client.appendToStream(stream, events(2), { ...options, expectedRevision });
    expect(again.nextExpectedRevision).toBe(4n);
    expect(await revisionsOf(client, stream)).toEqual([3, 4]);
  });

  test('has lost the metadata it had', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { owner: 'stock', maxCount: 100 });
    await client.appendToStream(stream, events(3));
    await client.deleteStream(stream);
    await client.appendToStream(stream, event(), options);
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 3 });
  });

  test('says where it begins after its new events', async () => {
    const stream = await deleted();
    const since = await now(client);
    await client.appendToStream(stream, events(2), options);
    const recorded = await inAll(client, since, stream, `$$${stream}`);
    expect(recorded.map(({ streamId }) => streamId)).toEqual([stream, stream, `$$${stream}`]);
    expect(recorded.at(-1)).toMatchObject({ type: '$metadata', data: { $tb: 3 } });
  });

  test('takes ids it had before', async () => {
    const stream = newStream();
    const old = events(2);
    await client.appendToStream(stream, old, options);
    await client.deleteStream(stream);
    await client.appendToStream(stream, old, { ...options, expectedRevision: 1n });
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(old.map(({ id }) => id));
    expect(await revisionsOf(client, stream)).toEqual([2, 3]);
  });

  test('knows a retry of that, by ids or by the revision expected, not as a new stream', async () => {
    const stream = await deleted();
    const fresh = events(2);
    const first = await client.appendToStream(stream, fresh, { ...options, expectedRevision: 'no_stream' });
    for (const expectedRevision of ['any', 2n] as const) {
      expect(await client.appendToStream(stream, fresh, { ...options, expectedRevision })).toEqual(first);
    }
    const error = await failure(client.appendToStream(stream, fresh, { ...options, expectedRevision: 'no_stream' }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(await revisionsOf(client, stream)).toEqual([3, 4]);
  });
});

/** A server may bring a stream back by a write of its own, right after the one that asked for it. */
function isSoonBackWith(stream: string, metadata: object): Promise<void> {
  return expect.poll(async () => (await client.getStreamMetadata(stream)).metadata).toMatchObject(metadata);
}

test('metadata set on a deleted stream bring it back, empty', async () => {
  const stream = await deleted(2);
  await client.setStreamMetadata(stream, { owner: 'stock' });
  await isSoonBackWith(stream, { owner: 'stock', truncateBefore: 2 });
  expect(await readAllOf(client, stream)).toEqual([]);
});

test('metadata set on a deleted stream stay when it is written to', async () => {
  const stream = await deleted(2);
  await client.setStreamMetadata(stream, { owner: 'stock' });
  await client.appendToStream(stream, event());
  await isSoonBackWith(stream, { owner: 'stock', truncateBefore: 2 });
  expect(await revisionsOf(client, stream)).toEqual([2]);
});

test('once it is back, a deleted stream is no new one', async () => {
  const stream = await deleted(2);
  await client.setStreamMetadata(stream, { owner: 'stock' });
  const error = await failure(client.appendToStream(stream, event(), { expectedRevision: 'no_stream' }));
  expect(error).toBeInstanceOf(WrongExpectedVersionError);
});

test('a stream may be deleted and written to any number of times', async () => {
  const stream = newStream();
  for (let round = 0; round < 4; round++) {
    await client.appendToStream(stream, events(2), { expectedRevision: 'no_stream' });
    expect(await revisionsOf(client, stream)).toEqual([2 * round, 2 * round + 1]);
    await client.deleteStream(stream);
  }
});
