import { EventStoreDBClient, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { all, event, events, failure, NodeProcess, newStream, readAllOf, revisionsOf } from './support.js';

/** What the embedded node promises beyond the protocol, or where it does better than the original. */
let node = await NodeProcess.start();
const client = EventStoreDBClient.connectionString(node.url);
afterAll(async () => {
  await client.dispose();
  await node.remove();
});

test('a cluster connection string finds the node by gossip', async () => {
  const { port } = node;
  const found = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${port}?tls=false`);
  const stream = newStream();
  // Legacy appends, so that the library's one pool of pending appends stays with the other client.
  await found.appendToStream(stream, event(), { credentials: { username: 'admin', password: 'changeit' } });
  expect(await revisionsOf(found, stream)).toEqual([0]);
  await found.dispose();
});

test('positions count from 1', async () => {
  const fresh = await NodeProcess.start();
  const other = EventStoreDBClient.connectionString(fresh.url);
  expect(await all(other.readAll())).toEqual([]);
  const options = { credentials: { username: 'admin', password: 'changeit' } };
  const { position } = await other.appendToStream(newStream(), event(), options);
  expect(position).toEqual({ commit: 1n, prepare: 1n });
  await other.dispose();
  await fresh.remove();
});

test('a retry is known in whatever order its ids were written, and in every stream they were written to', async () => {
  const [one, other] = [newStream(), newStream()];
  const [a, b] = [event(), event()];
  await client.appendToStream(one, [a, b]);
  await client.appendToStream(other, a);
  expect(await client.appendToStream(one, [b, a])).toMatchObject({ nextExpectedRevision: 0n });
  await client.appendToStream(other, a);
  expect(await revisionsOf(client, one)).toEqual([0, 1]);
  expect(await revisionsOf(client, other)).toEqual([0]);
});

test('a name with letters beyond ASCII comes back in errors, percent-encoded', async () => {
  const stream = newStream('caffè');
  await client.appendToStream(stream, event());
  await client.tombstoneStream(stream);
  const error = await failure(client.deleteStream(stream));
  expect(error).toMatchObject({ type: 'stream-deleted', streamName: encodeURIComponent(stream) });
});

test('the stream $$, metadata of nothing, is refused', async () => {
  await failure(client.appendToStream('$$', event()));
  await client.appendToStream(newStream(), event());
});

test('130 subscriptions leave room for appends', async () => {
  const stream = newStream();
  const heard = new Set<number>();
  const subscriptions = Array.from({ length: 130 }, (_, index) => {
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    return subscription.on('data', () => heard.add(index));
  });
  await client.appendToStream(stream, event());
  await vi.waitFor(() => expect(heard.size).toBe(130), { timeout: 10_000 });
  for (const subscription of subscriptions) await subscription.unsubscribe();
});

test('a read of nothing is empty, not an error', async () => {
  const stream = newStream();
  await client.appendToStream(stream, event());
  expect(await readAllOf(client, stream, { maxCount: 0 })).toEqual([]);
  expect(await all(client.readAll({ maxCount: 0 }))).toEqual([]);
});

describe('over a restart', () => {
  test('the same client goes on, retries are still known, and positions go on growing', async () => {
    const stream = newStream();
    const [first, second] = [events(3), events(2)];
    const byId = await client.appendToStream(stream, first);
    const byRevision = await client.appendToStream(stream, second, { expectedRevision: 2n });
    expect(await node.stop()).toBe(0);
    node = await node.restart();
    await vi.waitFor(async () => expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3, 4]), {
      timeout: 10_000,
    });
    expect(await client.appendToStream(stream, first)).toEqual(byId);
    expect(await client.appendToStream(stream, second, { expectedRevision: 2n })).toEqual(byRevision);
    const next = await client.appendToStream(stream, event());
    expect(next.position?.commit).toBeGreaterThan(byRevision.position?.commit ?? 0n);
  });

  test('a stop answers every append it took, and ends subscriptions so that their owners subscribe again', async () => {
    const streams = Array.from({ length: 200 }, () => newStream());
    const ended: string[] = [];
    const filter = streamNameFilter({ prefixes: ['stock-'] });
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
    subscription
      .on('data', () => undefined)
      .on('error', (error) => ended.push((error as { type?: string }).type ?? ''));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    const appends = Promise.allSettled(streams.map((stream) => client.appendToStream(stream, jsonEvent(event()))));
    const stopped = node.stop();
    const outcomes = await appends;
    expect(await stopped).toBe(0);
    await vi.waitFor(() => expect(ended).toEqual(['unavailable']));
    node = await node.restart();
    await vi.waitFor(
      () => readAllOf(client, '$all-probe').catch((error) => expect(error.type).toBe('stream-not-found')),
      {
        timeout: 10_000,
      },
    );
    for (const [index, stream] of streams.entries()) {
      if (outcomes[index]?.status === 'fulfilled') expect(await revisionsOf(client, stream)).toEqual([0]);
    }
  });
});
