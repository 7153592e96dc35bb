import { END, excludeSystemEvents, START, streamNameFilter } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { connect, event, events, newStream, now } from '../support.js';
import { hearAll, listen } from './listening.js';

const client = await connect();

describe('a subscription to $all', () => {
  test('from the start: begins with the first event there is', async () => {
    const [first] = await Promise.all([
      new Promise<bigint | undefined>((resolve) => {
        const subscription = client.subscribeToAll({ fromPosition: START });
        listen(subscription);
        subscription.once('data', ({ event }) => resolve(event?.position?.commit));
      }),
      now(client),
    ]);
    for await (const { event } of client.readAll({ maxCount: 1 })) expect(first).toBe(event?.position?.commit);
  });

  test('from a position: what comes after it', async () => {
    const [stream, end] = [newStream(), newStream()];
    const first = await client.appendToStream(stream, event());
    await client.appendToStream(stream, event());
    await client.appendToStream(end, event());
    const filter = streamNameFilter({ prefixes: [stream, end] });
    const heard = await hearAll(client, { fromPosition: first.position ?? (await now(client)), filter }, end);
    expect(heard).toEqual([`${stream} 1`, `${end} 0`]);
  });

  test('unfiltered brings every event of every stream, in order', async () => {
    const since = await now(client);
    const [one, other, end] = [newStream(), newStream(), newStream()];
    for (const stream of [one, other, one]) await client.appendToStream(stream, events(2));
    await client.appendToStream(end, event());
    const heard = await hearAll(client, { fromPosition: since }, end);
    expect(heard.filter((word) => word.startsWith(one) || word.startsWith(other))).toEqual([
      `${one} 0`,
      `${one} 1`,
      `${other} 0`,
      `${other} 1`,
      `${one} 2`,
      `${one} 3`,
    ]);
  });

  test('from the end: only what is new', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    const filter = streamNameFilter({ prefixes: [stream] });
    const { hears } = listen(client.subscribeToAll({ fromPosition: END, filter }));
    await hears(['confirmed', 'caught up']);
    await client.appendToStream(stream, events(2));
    await hears(['confirmed', 'caught up', '1', '2']);
  });

  test('shows what streams hide', async () => {
    const since = await now(client);
    const [bounded, deleted, end] = [newStream(), newStream(), newStream()];
    await client.appendToStream(bounded, events(3));
    await client.setStreamMetadata(bounded, { maxCount: 1 });
    await client.appendToStream(deleted, event());
    await client.deleteStream(deleted);
    await client.appendToStream(end, event());
    const filter = streamNameFilter({ prefixes: [bounded, deleted, end] });
    const heard = await hearAll(client, { fromPosition: since, filter }, end);
    expect(heard).toEqual([`${bounded} 0`, `${bounded} 1`, `${bounded} 2`, `${deleted} 0`, `${end} 0`]);
  });

  test('brings metadata as events of their own streams', async () => {
    const since = await now(client);
    const [stream, end] = [newStream(), newStream()];
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await client.appendToStream(end, event());
    const heard = await hearAll(client, { fromPosition: since }, end);
    expect(heard.filter((word) => word.includes(stream))).toEqual([`$$${stream} 0`]);
  });

  test('going live while others write misses nothing and repeats nothing', async () => {
    const since = await now(client);
    const stream = newStream();
    await client.appendToStream(stream, events(500));
    const filter = streamNameFilter({ prefixes: [stream] });
    const { said, brings } = listen(client.subscribeToAll({ fromPosition: since, filter }));
    for (let count = 0; count < 50; count++) await client.appendToStream(stream, events(10));
    await brings(Array.from({ length: 1_000 }, (_, index) => String(index)));
    expect(said.filter((word) => word === 'caught up')).toHaveLength(1);
  });

  test('can be taken up at any event it brought', async () => {
    const since = await now(client);
    const [stream, end] = [newStream(), newStream()];
    const { nextExpectedRevision } = await client.appendToStream(stream, events(6));
    expect(nextExpectedRevision).toBe(5n);
    await client.appendToStream(end, event());
    const filter = excludeSystemEvents();
    const mine = (heard: string[]) => heard.filter((word) => word.startsWith(stream));
    for await (const { event: at } of client.readStream(stream)) {
      const heard = await hearAll(client, { fromPosition: at?.position ?? since, filter }, end);
      expect(mine(heard)).toEqual(
        Array.from({ length: 5 - Number(at?.revision) }, (_, i) => `${stream} ${Number(at?.revision) + 1 + i}`),
      );
    }
  });
});
