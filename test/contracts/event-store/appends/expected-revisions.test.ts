import { type AppendExpectedRevision, StreamDeletedError, WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, events, failure, newStream } from '../support.js';

const client = await connect();

/** Ways for a stream to be; those with events end at revision 2. */
const STREAMS = {
  'that was never written': async () => undefined,
  'of three events': async (stream: string) => {
    await client.appendToStream(stream, events(3));
  },
  'with metadata alone': async (stream: string) => {
    await client.setStreamMetadata(stream, { maxCount: 10 });
  },
  'that was deleted': async (stream: string) => {
    await client.appendToStream(stream, events(3));
    await client.deleteStream(stream);
  },
  'that was tombstoned': async (stream: string) => {
    await client.appendToStream(stream, events(3));
    await client.tombstoneStream(stream);
  },
};

/** The revision of the event appended, or the error: the revision the stream is really at, or `deleted`. */
type Outcome = { appended: bigint } | { actual: bigint | 'no_stream' } | 'deleted';
const FIRST: Outcome = { appended: 0n };
const FOURTH: Outcome = { appended: 3n };
const NONE: Outcome = { actual: 'no_stream' };
const AT_2: Outcome = { actual: 2n };

const CASES: ReadonlyArray<readonly [keyof typeof STREAMS, AppendExpectedRevision, Outcome]> = [
  ['that was never written', 'any', FIRST],
  ['that was never written', 'no_stream', FIRST],
  ['that was never written', 'stream_exists', NONE],
  ['that was never written', 0n, NONE],
  ['of three events', 'any', FOURTH],
  ['of three events', 'no_stream', AT_2],
  ['of three events', 'stream_exists', FOURTH],
  ['of three events', 1n, AT_2],
  ['of three events', 2n, FOURTH],
  ['of three events', 3n, AT_2],
  ['with metadata alone', 'any', FIRST],
  ['with metadata alone', 'no_stream', FIRST],
  ['with metadata alone', 'stream_exists', FIRST],
  ['with metadata alone', 0n, NONE],
  ['that was deleted', 'any', FOURTH],
  ['that was deleted', 'no_stream', FOURTH],
  ['that was deleted', 'stream_exists', 'deleted'],
  ['that was deleted', 1n, AT_2],
  ['that was deleted', 2n, FOURTH],
  ['that was deleted', 3n, AT_2],
  ['that was tombstoned', 'any', 'deleted'],
  ['that was tombstoned', 'no_stream', 'deleted'],
  ['that was tombstoned', 'stream_exists', 'deleted'],
  ['that was tombstoned', 2n, 'deleted'],
];

describe.each(APPEND_METHODS)('$method: a stream', ({ options }) => {
  test.each(CASES)('%s, expected at %s', async (state, expectedRevision, outcome) => {
    const stream = newStream();
    await STREAMS[state](stream);
    const appending = client.appendToStream(stream, event(), { ...options, expectedRevision });
    if (outcome === 'deleted') {
      const error = await failure(appending);
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect(error).toMatchObject({ streamName: stream });
    } else if ('appended' in outcome) {
      expect(await appending).toMatchObject({ success: true, nextExpectedRevision: outcome.appended });
    } else {
      const error = await failure(appending);
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({
        streamName: stream,
        expectedVersion: expectedRevision,
        actualVersion: outcome.actual,
      });
    }
  });
});

test.each(APPEND_METHODS)(
  'a revision that no stream reaches comes back in the error as it was ($method)',
  async (way) => {
    const stream = newStream();
    const expectedRevision = 2n ** 53n + 1n;
    const error = await failure(client.appendToStream(stream, event(), { ...way.options, expectedRevision }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: stream, expectedVersion: expectedRevision, actualVersion: 'no_stream' });
  },
);
