import { BACKWARDS, END, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
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

async function deleted(count = 3): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(count));
  await client.deleteStream(stream);
  return stream;
}

describe('a deleted stream', () => {
  test('is not found any more, in either direction', async () => {
    const stream = await deleted();
    await expectMissing(client, stream);
    const backwards = readAllOf(client, stream, { direction: BACKWARDS, fromRevision: END });
    expect(await failure(backwards)).toBeInstanceOf(StreamNotFoundError);
    expect(await failure(readAllOf(client, stream, { fromRevision: 1n }))).toBeInstanceOf(StreamNotFoundError);
  });

  test('still has its events in $all', async () => {
    const since = await now(client);
    const stream = await deleted(2);
    expect((await inAll(client, since, stream)).map(({ revision }) => revision)).toEqual([0n, 1n]);
  });

  test('is deleted by an event of its metadata, at the position told', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    const { position } = await client.deleteStream(stream);
    if (position === undefined) throw new Error('a delete without a position');
    const [recorded] = await inAll(client, position, `$$${stream}`);
    expect(recorded).toMatchObject({ type: '$metadata', position });
  });

  test.each(['any', 'no_stream', 2n] as const)('may be deleted again (%s)', async (expectedRevision) => {
    const stream = await deleted();
    await client.deleteStream(stream, { expectedRevision });
    await expectMissing(client, stream);
  });

  test('is not deleted again at another revision', async () => {
    const error = await failure(client.deleteStream(await deleted(), { expectedRevision: 1n }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
  });

  test.each(APPEND_METHODS)(
    'a retry of its old events leaves it deleted, without a position ($method)',
    async (way) => {
      const stream = newStream();
      const old = events(2);
      await client.appendToStream(stream, old);
      await client.deleteStream(stream);
      const retry = await client.appendToStream(stream, old, way.options);
      expect(retry).toMatchObject({ success: true, nextExpectedRevision: 1n });
      expect(retry.position).toBeUndefined();
      await expectMissing(client, stream);
    },
  );
});

describe('a delete', () => {
  test('of a stream that never was is refused', async () => {
    const stream = newStream();
    const error = await failure(client.deleteStream(stream));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion: -2n, actualVersion: -1n });
  });

  test('refused says in words which revision was expected and which there is', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    const { message } = await failure(client.deleteStream(stream, { expectedRevision: 2n ** 53n + 1n }));
    const words = `Stream: ${stream}, Expected version: 9007199254740993, Actual version: 2`;
    expect(message).toContain(`Delete failed due to WrongExpectedVersion. ${words}`);
  });

  test.each([1n, 3n, 'no_stream'] as const)('at another revision (%s) is refused', async (expectedRevision) => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    const error = await failure(client.deleteStream(stream, { expectedRevision }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    const expectedVersion = expectedRevision === 'no_stream' ? -1n : expectedRevision;
    expect(error).toMatchObject({ streamName: stream, expectedVersion, actualVersion: 2n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test.each(['any', 2n] as const)('at the revision expected (%s) hides the stream', async (expectedRevision) => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    await client.deleteStream(stream, { expectedRevision });
    await expectMissing(client, stream);
  });

  test.each(['any', 'no_stream'] as const)('of metadata alone is possible (%s)', async (expectedRevision) => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 3 });
    await client.deleteStream(stream, { expectedRevision });
    await expectMissing(client, stream);
  });

  test('hides a stream with letters beyond ASCII too', async () => {
    const stream = newStream('caffè ☕');
    await client.appendToStream(stream, event());
    await client.deleteStream(stream);
    await expectMissing(client, stream);
  });
});
