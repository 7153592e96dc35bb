import {
  BACKWARDS,
  binaryEvent,
  END,
  type EventStoreDBClient,
  FORWARDS,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { all, connect, event, events, failure, newStream, readAllOf, revisionsOf } from './support.js';

const client = await connect();

describe('a stream of five events', async () => {
  const stream = newStream();
  await client.appendToStream(stream, events(5));
  const read = (options: Parameters<EventStoreDBClient['readStream']>[1]) => revisionsOf(client, stream, options);

  test('forwards from the start, from a revision on, and past its end', async () => {
    expect(await read({})).toEqual([0, 1, 2, 3, 4]);
    expect(await read({ direction: FORWARDS, fromRevision: 3n })).toEqual([3, 4]);
    expect(await read({ direction: FORWARDS, fromRevision: 5n })).toEqual([]);
    expect(await read({ direction: FORWARDS, fromRevision: START, maxCount: 2 })).toEqual([0, 1]);
  });

  test('backwards from the end, from a revision down, from past its end, and from the start', async () => {
    expect(await read({ direction: BACKWARDS, fromRevision: END })).toEqual([4, 3, 2, 1, 0]);
    expect(await read({ direction: BACKWARDS, fromRevision: 2n })).toEqual([2, 1, 0]);
    expect(await read({ direction: BACKWARDS, fromRevision: 99n })).toEqual([4, 3, 2, 1, 0]);
    expect(await read({ direction: BACKWARDS, fromRevision: START })).toEqual([0]);
    expect(await read({ direction: BACKWARDS, fromRevision: END, maxCount: 1 })).toEqual([4]);
  });
});

test('a stream nobody wrote to is not found, by its name', async () => {
  const stream = newStream();
  const error = await failure(readAllOf(client, stream));
  expect(error).toBeInstanceOf(StreamNotFoundError);
  expect(error).toMatchObject({ streamName: stream });
});

test('an append answered is an append read', async () => {
  const stream = newStream();
  for (let revision = 0; revision < 20; revision++) {
    await client.appendToStream(stream, event());
    expect(await revisionsOf(client, stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })).toEqual([
      revision,
    ]);
  }
});

describe('$all', async () => {
  const [one, other] = [newStream(), newStream()];
  const appended = [];
  for (const stream of [one, other, one, other]) appended.push(await client.appendToStream(stream, event()));
  const positions = appended.map(({ position }) => position ?? { commit: 0n, prepare: 0n });
  const commits = positions.map(({ commit }) => commit);
  const mine = async (reading: AsyncIterable<{ event?: { streamId: string; position?: { commit: bigint } } }>) =>
    (await all(reading))
      .filter(({ event }) => event?.streamId === one || event?.streamId === other)
      .map(({ event }) => event?.position?.commit);

  test('is in the order of the appends', async () => {
    expect(await mine(client.readAll())).toEqual(commits);
  });

  test('forwards begins with the position asked for, backwards before it', async () => {
    const fromPosition = positions[1] ?? START;
    expect(await mine(client.readAll({ direction: FORWARDS, fromPosition }))).toEqual(commits.slice(1));
    expect(await mine(client.readAll({ direction: BACKWARDS, fromPosition }))).toEqual(commits.slice(0, 1));
    expect(await mine(client.readAll({ direction: BACKWARDS, fromPosition: END }))).toEqual([...commits].reverse());
  });

  test('from its end there is nothing forwards, from its start nothing backwards', async () => {
    expect(await all(client.readAll({ direction: FORWARDS, fromPosition: END }))).toEqual([]);
    expect(await all(client.readAll({ direction: BACKWARDS, fromPosition: START }))).toEqual([]);
  });

  test('gives as many events as asked for', async () => {
    expect(await all(client.readAll({ maxCount: 3 }))).toHaveLength(3);
  });
});

describe('a link', () => {
  const link = (to: string) => binaryEvent({ type: '$>', data: Buffer.from(to) });
  const resolve = (stream: string) => all(client.readStream(stream, { resolveLinkTos: true }));

  test('stands for the event it names, one level deep', async () => {
    const [target, links, linksToLinks] = [newStream(), newStream(), newStream()];
    await client.appendToStream(target, [event('A'), event('B')]);
    await client.appendToStream(links, link(`1@${target}`));
    await client.appendToStream(linksToLinks, link(`0@${links}`));
    const [resolved] = await resolve(links);
    expect(resolved).toMatchObject({ event: { type: 'B', streamId: target }, link: { type: '$>', streamId: links } });
    expect(await resolve(linksToLinks)).toMatchObject([{ event: { type: '$>', streamId: links } }]);
    expect(await readAllOf(client, links)).toMatchObject([{ type: '$>', streamId: links }]);
  });

  test('to a missing, deleted, truncated or ended event comes alone', async () => {
    const [deleted, truncated, ended, links] = [newStream(), newStream(), newStream(), newStream()];
    for (const stream of [deleted, truncated, ended]) await client.appendToStream(stream, events(2));
    await client.deleteStream(deleted);
    await client.setStreamMetadata(truncated, { truncateBefore: 1 });
    await client.tombstoneStream(ended);
    const targets = [`0@${newStream()}`, `9@${truncated}`, `0@${deleted}`, `0@${truncated}`, `0@${ended}`];
    await client.appendToStream(links, targets.map(link));
    const resolved = await resolve(links);
    expect(resolved.map(({ event }) => event)).toEqual(targets.map(() => undefined));
    expect(resolved.every(({ link }) => link?.type === '$>')).toBe(true);
  });

  test('that names no revision stays an event', async () => {
    const links = newStream();
    await client.appendToStream(links, link(`first@${newStream()}`));
    expect(await resolve(links)).toMatchObject([{ event: { type: '$>' } }]);
  });
});

test('a consumer that stops reading holds up nobody else', async () => {
  const stream = newStream();
  const large = () => binaryEvent({ type: 'Blob', data: Buffer.alloc(100_000) });
  for (let count = 0; count < 20; count++) await client.appendToStream(stream, [large(), large(), large()]);
  const slow = client.readStream(stream);
  const first = await slow[Symbol.asyncIterator]().next();
  expect(first.done).toBe(false);
  await client.appendToStream(stream, event());
  expect(await revisionsOf(client, stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })).toEqual([60]);
  slow.destroy();
});
