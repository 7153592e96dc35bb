import { BACKWARDS, END, FORWARDS, type ReadStreamOptions, START, StreamNotFoundError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { connect, event, events, failure, newStream, readAllOf, revisionsOf } from '../support.js';

const client = await connect();

describe('a stream of five events, read', async () => {
  const stream = newStream();
  await client.appendToStream(stream, events(5));

  const READS: ReadonlyArray<readonly [string, ReadStreamOptions, number[]]> = [
    ['with no more said: forwards from the start', {}, [0, 1, 2, 3, 4]],
    ['forwards from the start', { direction: FORWARDS, fromRevision: START }, [0, 1, 2, 3, 4]],
    ['forwards from a revision on', { direction: FORWARDS, fromRevision: 3n }, [3, 4]],
    ['forwards from its last revision', { direction: FORWARDS, fromRevision: 4n }, [4]],
    ['forwards from the revision after its last', { direction: FORWARDS, fromRevision: 5n }, []],
    ['forwards from far past its end', { direction: FORWARDS, fromRevision: 99n }, []],
    ['forwards, so many', { maxCount: 2 }, [0, 1]],
    ['forwards from a revision, so many', { fromRevision: 1n, maxCount: 2 }, [1, 2]],
    ['forwards, more than there are', { maxCount: 99 }, [0, 1, 2, 3, 4]],
    ['backwards from the end', { direction: BACKWARDS, fromRevision: END }, [4, 3, 2, 1, 0]],
    ['backwards from a revision down', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['backwards from revision 0', { direction: BACKWARDS, fromRevision: 0n }, [0]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
    ['backwards from past its end', { direction: BACKWARDS, fromRevision: 99n }, [4, 3, 2, 1, 0]],
    ['backwards, so many', { direction: BACKWARDS, fromRevision: END, maxCount: 2 }, [4, 3]],
    ['backwards from a revision, so many', { direction: BACKWARDS, fromRevision: 3n, maxCount: 2 }, [3, 2]],
  ];

  test.each(READS)('%s', async (_, options, revisions) => {
    expect(await revisionsOf(client, stream, options)).toEqual(revisions);
  });
});

test.each([
  ['forwards', {}],
  ['from a revision', { fromRevision: 5n }],
  ['backwards', { direction: BACKWARDS, fromRevision: END }],
] as const)('a stream nobody wrote to is not found, by its name (%s)', async (_, options) => {
  const stream = newStream('caffè');
  const error = await failure(readAllOf(client, stream, options));
  expect(error).toBeInstanceOf(StreamNotFoundError);
  expect(error).toMatchObject({ type: 'stream-not-found', streamName: stream });
});

test('a revision of 2^63 or more is refused', async () => {
  const stream = newStream();
  await client.appendToStream(stream, event());
  expect(await failure(readAllOf(client, stream, { fromRevision: 2n ** 63n }))).toMatchObject({ type: 'unknown' });
});

test('an append answered is an append read', async () => {
  const stream = newStream();
  for (let revision = 0; revision < 20; revision++) {
    await client.appendToStream(stream, event());
    const last = { direction: BACKWARDS, fromRevision: END, maxCount: 1 } as const;
    expect(await revisionsOf(client, stream, last)).toEqual([revision]);
  }
});

test('a long stream is read whole and in order, both ways', async () => {
  const stream = newStream();
  for (let count = 0; count < 6; count++) await client.appendToStream(stream, events(250));
  const revisions = Array.from({ length: 1_500 }, (_, index) => index);
  expect(await revisionsOf(client, stream)).toEqual(revisions);
  const backwards = { direction: BACKWARDS, fromRevision: END } as const;
  expect(await revisionsOf(client, stream, backwards)).toEqual(revisions.reverse());
});

test('many reads at once each get their own stream', async () => {
  const streams = Array.from({ length: 40 }, () => newStream());
  await Promise.all(streams.map((stream, index) => client.appendToStream(stream, events((index % 5) + 1))));
  const read = await Promise.all(streams.map((stream) => readAllOf(client, stream)));
  for (const [index, recorded] of read.entries()) {
    expect(recorded.map(({ streamId }) => streamId)).toEqual(
      Array.from({ length: (index % 5) + 1 }, () => streams[index]),
    );
  }
});
