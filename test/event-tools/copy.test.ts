import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { all, type NodeProcess } from '../contracts/event-store/support.js';
import { copy, eventstore, fill, nodeStarter, ONE_BY_ONE, saidBy, startEventstore } from './support.js';

const startNode = nodeStarter();

/** All events of users' streams in their order, and what is read of each stream. */
async function contentOf({ url }: NodeProcess) {
  const client = EventStoreDBClient.connectionString(url);
  const events = (await all(client.readAll())).flatMap(({ event }) => event ?? []);
  const own = events.filter(({ streamId }) => streamId !== 'stockfold-identity');
  const streams: Record<string, unknown> = {};
  for (const name of new Set(own.map(({ streamId }) => streamId))) {
    streams[name] = await all(client.readStream(name)).then(
      (read) => read.map(({ event }) => [Number(event?.revision), event?.type]),
      (error: Error) => error.name,
    );
  }
  await client.dispose();
  const order = own.map(({ streamId, revision, type }) => `${streamId} ${revision} ${type}`);
  const carried = own
    .filter(({ type, streamId }) => !type.startsWith('$') && !streamId.startsWith('$$'))
    .map(({ id, data, metadata, isJson }) => ({ id, data, metadata, isJson }));
  return { order, carried, streams };
}

test('everything is carried over: order, ids, content, what is deleted, cut and ended', async () => {
  const [source, target] = [await startNode(), await startNode()];
  await fill(source.url);
  const { code, out, errors } = await copy(source, target);
  expect(errors).toBe('');
  expect(out).toMatch(/proved equal/);
  expect(code).toBe(0);
  expect(await contentOf(target)).toEqual(await contentOf(source));
  const again = await copy(source, target);
  expect(again.out).toContain('0 events copied');
  expect(again.code).toBe(0);
}, 120_000);

test('killed twice, it goes on where it was', async () => {
  const source = await startNode();
  let target = await startNode();
  await fill(source.url, 600);
  const nearlyAll = 0.9 * (await countOf(source));
  for (let kills = 0; kills < 2; ) {
    const child = startEventstore('copy', '--from', source.url, '--to', target.url);
    const said = saidBy(child);
    const before = await countOf(target);
    while (child.exitCode === null && (await countOf(target)) < before + 300) await sleep(5);
    child.kill('SIGKILL');
    await said;
    kills += 1;
    // One that was nearly done before it could be killed is begun anew.
    if ((await countOf(target)) > nearlyAll) [target, kills] = [await startNode(), 0];
  }
  const { code, out } = await copy(source, target);
  expect(Number(/^(\d+) events copied/.exec(out)?.[1])).toBeGreaterThan(0);
  expect(code).toBe(0);
  expect(await contentOf(target)).toEqual(await contentOf(source));
}, 180_000);

async function countOf({ url }: NodeProcess): Promise<number> {
  const client = EventStoreDBClient.connectionString(url);
  const [last] = await all(client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 }));
  await client.dispose();
  return Number(last?.event?.position?.commit ?? 0n);
}

test('a target with other events, or in use as a store, is refused and left as it is', async () => {
  const [source, foreign, used] = [await startNode(), await startNode(), await startNode()];
  await fill(source.url, 10);
  await fill(used.url, 10);
  const client = EventStoreDBClient.connectionString(foreign.url);
  await client.appendToStream('stock-1@Elsewhere', jsonEvent({ type: 'Received', data: {} }), ONE_BY_ONE);
  await client.dispose();
  const refused = await copy(source, foreign);
  expect(refused.errors).toContain('holds something else: revision 0 of stock-1@Elsewhere at position 1');
  expect(refused.code).toBe(1);
  expect((await contentOf(foreign)).order).toHaveLength(1);
  const inUse = await copy(source, used);
  expect(inUse.errors).toContain('in use as a store of its own');
  expect(inUse.code).toBe(1);
}, 60_000);

test('a store that is not there, or not understood, is told by its name', async () => {
  const source = await startNode();
  await fill(source.url, 10);
  const away = await eventstore('copy', '--from', source.url, '--to', 'esdb://admin:secret@127.0.0.1:1?tls=false');
  expect(away.errors).toContain('esdb://127.0.0.1:1?tls=false cannot be read');
  expect(away.errors).not.toContain('secret');
  expect(away.code).toBe(1);
  expect(await eventstore('copy', '--from', source.url, '--to', 'nonsense')).toMatchObject({ code: 1 });
  expect(await eventstore('copy', '--from', source.url)).toMatchObject({ code: 2 });
}, 60_000);

test('a store that several services share is not copied: their places would be left untold', async () => {
  const [source, target] = [await startNode(), await startNode()];
  await fill(source.url, 10);
  const client = EventStoreDBClient.connectionString(source.url);
  const data = { id: '7e57ab1e-0000-4000-8000-000000000002' };
  await client.appendToStream('shop.stockfold-identity', jsonEvent({ type: 'IdentityAssigned', data }));
  await client.dispose();
  const refused = await copy(source, target);
  expect(refused.errors).toContain('holds shop.stockfold-identity: only a store of one service is copied');
  expect(refused.code).toBe(1);
}, 60_000);
