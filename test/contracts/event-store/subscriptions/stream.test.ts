import { END, START } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { connect, event, events, newStream, now } from '../support.js';
import { listen } from './listening.js';

const client = await connect();

async function streamOf(count: number): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(count));
  return stream;
}

describe('a subscription to a stream', () => {
  test('from the start: confirmed, history, caught up once, then what comes', async () => {
    const stream = await streamOf(2);
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '0', '1', 'caught up']);
    await client.appendToStream(stream, event());
    await client.appendToStream(stream, events(2));
    await hears(['confirmed', '0', '1', 'caught up', '2', '3', '4']);
  });

  test('from a revision: what comes after it', async () => {
    const stream = await streamOf(4);
    await listen(client.subscribeToStream(stream, { fromRevision: 1n })).hears(['confirmed', '2', '3', 'caught up']);
  });

  test('from the last revision: only what is new', async () => {
    const stream = await streamOf(2);
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: 1n }));
    await hears(['confirmed', 'caught up']);
    await client.appendToStream(stream, event());
    await hears(['confirmed', 'caught up', '2']);
  });

  test('from the end: only what is new', async () => {
    const stream = await streamOf(2);
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: END }));
    await hears(['confirmed', 'caught up']);
    await client.appendToStream(stream, event());
    await hears(['confirmed', 'caught up', '2']);
  });

  test('from past the end: only revisions beyond that', async () => {
    const stream = await streamOf(2);
    const { says, brings } = listen(client.subscribeToStream(stream, { fromRevision: 3n }));
    await says('confirmed');
    await client.appendToStream(stream, events(4));
    await brings(['4', '5']);
  });

  test.each([START, END] as const)('from its %s, before there is one: all that comes', async (fromRevision) => {
    const stream = newStream();
    const { says, brings } = listen(client.subscribeToStream(stream, { fromRevision }));
    await says('confirmed');
    await client.appendToStream(stream, events(2));
    await brings(['0', '1']);
  });

  test('brings nothing of other streams', async () => {
    const [stream, other] = [await streamOf(1), await streamOf(1)];
    const { hears } = listen(client.subscribeToStream(stream));
    await hears(['confirmed', '0', 'caught up']);
    await client.appendToStream(other, events(3));
    await client.appendToStream(stream, event());
    await hears(['confirmed', '0', 'caught up', '1']);
  });

  test('brings events as reads do', async () => {
    const stream = await streamOf(0);
    await client.appendToStream(stream, event('Sold', { quantity: 3 }));
    const heard: unknown[] = [];
    const subscription = client.subscribeToStream(stream);
    listen(subscription);
    subscription.on('data', (resolved) => heard.push(resolved));
    await listen(client.subscribeToStream(stream)).says('caught up');
    await expect.poll(() => heard.length).toBe(1);
    for await (const read of client.readStream(stream)) expect(heard[0]).toEqual(read);
  });

  test('going live while others write misses nothing and repeats nothing', async () => {
    const stream = await streamOf(500);
    const { said, brings } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    for (let count = 0; count < 50; count++) await client.appendToStream(stream, events(10));
    await brings(Array.from({ length: 1_000 }, (_, index) => String(index)));
    expect(said.filter((word) => word === 'caught up')).toHaveLength(1);
    expect(said.filter((word) => word === 'confirmed')).toHaveLength(1);
  });

  test('may be one of many to the same stream', async () => {
    const stream = await streamOf(1);
    const many = Array.from({ length: 20 }, () => listen(client.subscribeToStream(stream)));
    for (const { hears } of many) await hears(['confirmed', '0', 'caught up']);
    await client.appendToStream(stream, event());
    for (const { hears } of many) await hears(['confirmed', '0', 'caught up', '1']);
  });
});

describe('bounds of a stream', () => {
  test('hide history from a subscription, not what comes later', async () => {
    const stream = await streamOf(4);
    await client.setStreamMetadata(stream, { maxCount: 2 });
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '2', '3', 'caught up']);
    await client.appendToStream(stream, events(4));
    await hears(['confirmed', '2', '3', 'caught up', '4', '5', '6', '7']);
  });

  test('that hide all of it leave a subscription waiting for what comes', async () => {
    const stream = await streamOf(2);
    await client.setStreamMetadata(stream, { truncateBefore: 2 });
    const { says, brings } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await says('confirmed');
    await client.appendToStream(stream, events(2));
    await brings(['2', '3']);
  });

  test('of metadata show the last of them', async () => {
    const stream = newStream();
    for (const maxCount of [3, 2]) await client.setStreamMetadata(stream, { maxCount });
    const { hears } = listen(client.subscribeToStream(`$$${stream}`, { fromRevision: START }));
    await hears(['confirmed', '1', 'caught up']);
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await hears(['confirmed', '1', 'caught up', '2']);
  });
});

describe('a subscription that is left', () => {
  test('hears nothing more, and ends without an error', async () => {
    const stream = await streamOf(1);
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const { said, errors, hears } = listen(subscription);
    const ended = new Promise((resolve) => subscription.once('close', resolve));
    await hears(['confirmed', '0', 'caught up']);
    await subscription.unsubscribe();
    await ended;
    await client.appendToStream(stream, event());
    await listen(client.subscribeToStream(stream)).hears(['confirmed', '0', '1', 'caught up']);
    expect(said).toEqual(['confirmed', '0', 'caught up']);
    expect(errors).toEqual([]);
  });

  test('leaves its place to the next, however many there were', async () => {
    const stream = await streamOf(1);
    for (let round = 0; round < 6; round++) {
      const subscriptions = Array.from({ length: 40 }, () => client.subscribeToStream(stream));
      await Promise.all(
        subscriptions.map((subscription) => new Promise((resolve) => subscription.once('data', resolve))),
      );
      await Promise.all(subscriptions.map((subscription) => subscription.unsubscribe()));
    }
    await now(client);
    await listen(client.subscribeToStream(stream)).hears(['confirmed', '0', 'caught up']);
  });
});
