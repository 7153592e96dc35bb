import { END, START, StreamDeletedError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { connect, event, events, newStream } from '../support.js';
import { listen } from './listening.js';

const client = await connect();
const TOMBSTONE = '9223372036854775807';

async function streamOf(count: number): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(count));
  return stream;
}

describe('a delete', () => {
  test('leaves a subscription open, which hears when the stream begins anew', async () => {
    const stream = await streamOf(2);
    const { hears, errors } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '0', '1', 'caught up']);
    await client.deleteStream(stream);
    await client.appendToStream(stream, event());
    await hears(['confirmed', '0', '1', 'caught up', '2']);
    expect(errors).toEqual([]);
  });

  test.each([START, END] as const)('hides history: from the %s only what comes next is heard', async (fromRevision) => {
    const stream = await streamOf(2);
    await client.deleteStream(stream);
    const { says, brings } = listen(client.subscribeToStream(stream, { fromRevision }));
    await says('confirmed');
    await client.appendToStream(stream, event());
    await brings(['2']);
  });

  test('of a stream written to again shows its new part', async () => {
    const stream = await streamOf(2);
    await client.deleteStream(stream);
    await client.appendToStream(stream, events(2));
    await listen(client.subscribeToStream(stream)).hears(['confirmed', '2', '3', 'caught up']);
  });
});

describe('a tombstone', () => {
  test('is the last event of a subscription, which then ends with an error', async () => {
    const stream = await streamOf(1);
    const { hears, brings, failsWith } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '0', 'caught up']);
    await client.tombstoneStream(stream);
    await failsWith(StreamDeletedError);
    await brings(['0', TOMBSTONE]);
  });

  test('names the stream in the error', async () => {
    const stream = await streamOf(1);
    const { says, errors, failsWith } = listen(client.subscribeToStream(stream, { fromRevision: END }));
    await says('caught up');
    await client.tombstoneStream(stream);
    await failsWith(StreamDeletedError);
    expect(errors[0]).toMatchObject({ type: 'stream-deleted', streamName: stream });
  });

  test.each([START, 0n] as const)('refuses a subscription from %s on', async (fromRevision) => {
    const stream = await streamOf(1);
    await client.tombstoneStream(stream);
    const { failsWith, said } = listen(client.subscribeToStream(stream, { fromRevision }));
    await failsWith(StreamDeletedError);
    expect(said).toEqual([]);
  });

  test('leaves a subscription from the end in silence', async () => {
    const stream = await streamOf(1);
    await client.tombstoneStream(stream);
    const { hears, errors } = listen(client.subscribeToStream(stream, { fromRevision: END }));
    await hears(['confirmed', 'caught up']);
    expect(errors).toEqual([]);
  });

  test.each([START, 0n] as const)('ends the wait, from %s on, for a stream that never began', async (fromRevision) => {
    const stream = newStream();
    const { says, revisions, failsWith } = listen(client.subscribeToStream(stream, { fromRevision }));
    await says('confirmed');
    await client.tombstoneStream(stream);
    await failsWith(StreamDeletedError);
    expect(revisions()).toEqual([]);
  });

  test('ends the wait for metadata of its stream', async () => {
    const stream = await streamOf(1);
    const { says, errors, failsWith } = listen(client.subscribeToStream(`$$${stream}`, { fromRevision: START }));
    await says('confirmed');
    await client.tombstoneStream(stream);
    await failsWith(StreamDeletedError);
    expect(errors[0]).toMatchObject({ streamName: `$$${stream}` });
  });

  test('is heard by subscribers to $all, who go on', async () => {
    const [stream, next] = [await streamOf(1), newStream()];
    const heard: string[] = [];
    const subscription = client.subscribeToAll({ fromPosition: END });
    const { says } = listen(subscription);
    subscription.on('data', ({ event }) => {
      if (event?.streamId === stream || event?.streamId === next) heard.push(event.type);
    });
    await says('caught up');
    await client.tombstoneStream(stream);
    await client.appendToStream(next, event('Next'));
    await expect.poll(() => heard).toEqual(['$streamDeleted', 'Next']);
  });
});
