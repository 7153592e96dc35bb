import { END, jsonEvent, persistentSubscriptionToStreamSettingsFromDefaults, START } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { listen } from '../event-store/subscriptions/listening.js';
import { event, failure, newStream } from '../event-store/support.js';
import { connectToNode } from './node.js';

const client = await connectToNode();

test('130 subscriptions leave room for appends', async () => {
  const stream = newStream();
  const subscriptions = Array.from({ length: 130 }, () => listen(client.subscribeToStream(stream)));
  for (const { hears } of subscriptions) await hears(['confirmed', 'caught up']);
  await client.appendToStream(stream, event());
  for (const { hears } of subscriptions) await hears(['confirmed', 'caught up', '0']);
});

test.each([START, END] as const)(
  'a subscription to a stream yet to come (%s) is caught up at once',
  async (fromRevision) => {
    await listen(client.subscribeToStream(newStream(), { fromRevision })).hears(['confirmed', 'caught up']);
  },
);

test('a subscriber that pauses is not dropped, and gets everything later', async () => {
  const stream = newStream();
  const subscription = client.subscribeToStream(stream);
  const revisions: bigint[] = [];
  const { says, errors } = listen(subscription);
  await says('caught up');
  subscription.on('data', ({ event }) => revisions.push(event?.revision ?? -1n)).pause();
  const padding = 'x'.repeat(2_000);
  for (let count = 0; count < 30; count++) {
    await client.appendToStream(
      stream,
      Array.from({ length: 20 }, () => jsonEvent({ type: 'Padded', data: { padding } })),
    );
  }
  subscription.resume();
  await expect.poll(() => revisions.length).toBe(600);
  expect(revisions).toEqual(Array.from({ length: 600 }, (_, index) => BigInt(index)));
  expect(errors).toEqual([]);
});

test('persistent subscriptions are not to be had, in so many words', async () => {
  const stream = newStream();
  const creating = client.createPersistentSubscriptionToStream(
    stream,
    'group',
    persistentSubscriptionToStreamSettingsFromDefaults(),
  );
  expect((await failure(creating)).message).toMatch(/UNIMPLEMENTED/);
  await client.appendToStream(stream, event());
});

test('projections are not to be had, in so many words', async () => {
  expect((await failure(client.createProjection('totals', 'fromAll()'))).message).toMatch(/UNIMPLEMENTED/);
  await client.appendToStream(newStream(), event());
});
