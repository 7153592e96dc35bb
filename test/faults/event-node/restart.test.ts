import { END, EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import { afterAll, expect, test, vi } from 'vitest';
import { event, events, NodeProcess, newStream, readAllOf, revisionsOf } from '../../contracts/event-store/support.js';

let node = await NodeProcess.start();
const client = EventStoreDBClient.connectionString(node.url);
afterAll(async () => {
  await client.dispose();
  await node.remove();
});

/** Until the client has found the node again: each failed call makes it dial anew. */
async function reached(): Promise<void> {
  const probe = newStream();
  await vi.waitFor(
    async () => {
      const error = await readAllOf(client, probe).catch((thrown: { type?: string }) => thrown);
      expect(error).toMatchObject({ type: 'stream-not-found' });
    },
    { timeout: 30_000 },
  );
}

test('after a restart the same client goes on, retries are still known, and positions go on growing', async () => {
  const stream = newStream();
  const [first, second] = [events(3), events(2)];
  const byId = await client.appendToStream(stream, first);
  const byRevision = await client.appendToStream(stream, second, { expectedRevision: 2n });
  expect(await node.stop()).toBe(0);
  node = await node.restart();
  await reached();
  expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3, 4]);
  expect(await client.appendToStream(stream, first)).toEqual(byId);
  expect(await client.appendToStream(stream, [...first.slice(2), ...second.slice(0, 1)])).toMatchObject({
    nextExpectedRevision: 3n,
  });
  expect(await client.appendToStream(stream, second, { expectedRevision: 2n })).toEqual(byRevision);
  const next = await client.appendToStream(stream, event());
  expect(next.position?.commit).toBeGreaterThan(byRevision.position?.commit ?? 0n);
});

test('deletes, tombstones and metadata hold over a restart', async () => {
  const [deleted, ended, bounded] = [newStream(), newStream(), newStream()];
  for (const stream of [deleted, ended, bounded]) await client.appendToStream(stream, events(3));
  await client.deleteStream(deleted);
  await client.tombstoneStream(ended);
  await client.setStreamMetadata(bounded, { maxCount: 1 });
  await node.stop();
  node = await node.restart();
  await reached();
  await expect(readAllOf(client, deleted)).rejects.toMatchObject({ type: 'stream-not-found' });
  await expect(readAllOf(client, ended)).rejects.toMatchObject({ type: 'stream-deleted' });
  expect(await revisionsOf(client, bounded)).toEqual([2]);
  const again = await client.appendToStream(deleted, event(), { expectedRevision: 'no_stream' });
  expect(again.nextExpectedRevision).toBe(3n);
});

test('a stop answers every append it took, and ends subscriptions so that their owners subscribe again', async () => {
  const streams = Array.from({ length: 200 }, () => newStream('stop'));
  const ended: string[] = [];
  const filter = streamNameFilter({ prefixes: ['stop-'] });
  const subscription = client.subscribeToAll({ fromPosition: END, filter });
  subscription.on('data', () => undefined).on('error', (error) => ended.push((error as { type?: string }).type ?? ''));
  await new Promise((resolve) => subscription.once('caughtUp', resolve));
  const appends = Promise.allSettled(streams.map((stream) => client.appendToStream(stream, event())));
  const stopped = node.stop();
  const outcomes = await appends;
  expect(await stopped).toBe(0);
  await expect.poll(() => ended).toEqual(['unavailable']);
  node = await node.restart();
  await reached();
  for (const [index, stream] of streams.entries()) {
    const outcome = outcomes[index];
    if (outcome?.status === 'fulfilled') expect(await revisionsOf(client, stream)).toEqual([0]);
    else expect(outcome?.reason).toMatchObject({ type: 'unavailable' });
  }
});

test('a stop waits for no reader that has stopped reading', async () => {
  const stream = newStream();
  const padding = 'x'.repeat(900_000);
  for (let count = 0; count < 10; count++) await client.appendToStream(stream, event('Padded', { padding }));
  const stalled = client.readStream(stream);
  await stalled[Symbol.asyncIterator]().next();
  stalled.on('error', () => undefined);
  expect(await node.stop()).toBe(0);
  node = await node.restart();
  await reached();
});
