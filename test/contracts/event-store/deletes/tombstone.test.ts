import {
  BACKWARDS,
  END,
  type ExpectedRevision,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
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
const known = event();
/** Sent by the client, though its types do not tell. */
const STREAM_EXISTS = 'stream_exists' as unknown as ExpectedRevision;

async function tombstoned(): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, known);
  await client.tombstoneStream(stream);
  return stream;
}

type Attempt = (stream: string) => Promise<unknown>;
const ATTEMPTS: ReadonlyArray<readonly [string, Attempt]> = [
  ...APPEND_METHODS.flatMap(
    ({ method, options }): Array<readonly [string, Attempt]> => [
      [`an append (${method})`, (stream) => client.appendToStream(stream, event(), options)],
      [`a retry of what was written (${method})`, (stream) => client.appendToStream(stream, known, options)],
    ],
  ),
  ['a read', (stream) => readAllOf(client, stream)],
  ['a read backwards', (stream) => readAllOf(client, stream, { direction: BACKWARDS, fromRevision: END })],
  ['a delete', (stream) => client.deleteStream(stream)],
  ['another tombstone', (stream) => client.tombstoneStream(stream)],
  ['a tombstone at its last revision', (stream) => client.tombstoneStream(stream, { expectedRevision: 0n })],
];

describe('a tombstoned stream', () => {
  test.each(ATTEMPTS)('refuses %s', async (_, attempt) => {
    const stream = await tombstoned();
    const error = await failure(attempt(stream));
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ type: 'stream-deleted', streamName: stream });
  });

  test('has no metadata to read or write', async () => {
    const stream = await tombstoned();
    expect(await failure(client.getStreamMetadata(stream))).toBeInstanceOf(StreamDeletedError);
    expect(await failure(client.setStreamMetadata(stream, { maxCount: 1 }))).toBeInstanceOf(StreamDeletedError);
  });

  test('ends with its tombstone in $all, at the position told', async () => {
    const since = await now(client);
    const stream = newStream();
    await client.appendToStream(stream, event());
    const { position } = await client.tombstoneStream(stream);
    const recorded = await inAll(client, since, stream);
    expect(recorded).toMatchObject([
      { revision: 0n },
      { revision: 9_223_372_036_854_775_807n, type: '$streamDeleted', position },
    ]);
  });
});

describe('a tombstone', () => {
  test.each(['any', STREAM_EXISTS, 2n] as const)('ends a stream of events (%s)', async (expectedRevision) => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    await client.tombstoneStream(stream, { expectedRevision });
    expect(await failure(readAllOf(client, stream))).toBeInstanceOf(StreamDeletedError);
  });

  test.each([1n, 3n, 'no_stream'] as const)('at another revision (%s) is refused', async (expectedRevision) => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    const error = await failure(client.tombstoneStream(stream, { expectedRevision }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    const expectedVersion = expectedRevision === 'no_stream' ? -1n : expectedRevision;
    expect(error).toMatchObject({ streamName: stream, expectedVersion, actualVersion: 2n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test.each(['any', 'no_stream'] as const)('of a stream that never was keeps the name for good (%s)', async (at) => {
    const stream = newStream();
    await client.tombstoneStream(stream, { expectedRevision: at });
    expect(await failure(client.appendToStream(stream, event()))).toBeInstanceOf(StreamDeletedError);
  });

  test('of a stream that never was is refused where there must be one', async () => {
    const stream = newStream();
    const error = await failure(client.tombstoneStream(stream, { expectedRevision: STREAM_EXISTS }));
    expect(error).toMatchObject({ type: 'wrong-expected-version', expectedVersion: -4n, actualVersion: -1n });
  });

  test.each(['any', 'no_stream'] as const)('ends a deleted stream (%s)', async (expectedRevision) => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    await client.deleteStream(stream);
    await client.tombstoneStream(stream, { expectedRevision });
    expect(await failure(readAllOf(client, stream))).toBeInstanceOf(StreamDeletedError);
  });

  test('of a deleted stream is refused where there must be one', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    await client.deleteStream(stream);
    const error = await failure(client.tombstoneStream(stream, { expectedRevision: STREAM_EXISTS }));
    expect(error).toBeInstanceOf(StreamDeletedError);
  });

  test('ends a stream of metadata alone', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await client.tombstoneStream(stream);
    expect(await failure(client.appendToStream(stream, event()))).toBeInstanceOf(StreamDeletedError);
  });
});
