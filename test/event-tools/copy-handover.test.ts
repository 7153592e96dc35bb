import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, expect, test } from 'vitest';
import { OrderedAppends } from '../../src/adapters/event-store/copy/ordered-appends.js';
import { RawStore } from '../../src/adapters/event-store/copy/raw-store.js';
import type { StoredEvent } from '../../src/adapters/event-store/copy/stored-event.js';
import { all, NodeProcess, newStream, revisionsOf } from '../contracts/event-store/support.js';
import { copy, fill, ONE_BY_ONE } from './support.js';

const nodes: NodeProcess[] = [];
const clients: EventStoreDBClient[] = [];
afterAll(async () => {
  for (const client of clients) await client.dispose();
  for (const node of nodes) await node.remove();
});

async function startNode() {
  const node = await NodeProcess.start();
  const client = EventStoreDBClient.connectionString(node.url);
  nodes.push(node);
  clients.push(client);
  return { node, url: node.url, client };
}

const made = (id: string, until: number | null, upTo: string) =>
  jsonEvent({ type: 'DecisionMade', data: { wanted: { id, until, decision: 'write-off' }, upTo } });

test('a decision about what was recorded when it was made goes on being about that, and about nothing later', async () => {
  const [source, target] = [await startNode(), await startNode()];
  // Appends without events take positions: those of the source lie behind those of the target.
  for (let taken = 0; taken < 300; taken++) await source.client.appendToStream('nothing', [], ONE_BY_ONE);
  await fill(source.url, 10);
  const last = await source.client.appendToStream(
    'valuation-MUG@SHOP',
    jsonEvent({ type: 'Valued', data: {} }),
    ONE_BY_ONE,
  );
  const upTo = String(last.position?.commit);
  const decisions = [made('standing', null, upTo), made('until tomorrow', 1, upTo), made('ended', null, upTo)];
  await source.client.appendToStream('decisions-journal', decisions, ONE_BY_ONE);
  const ended = jsonEvent({ type: 'DecisionEnded', data: { id: 'ended', comment: '' } });
  await source.client.appendToStream('decisions-journal', ended, ONE_BY_ONE);

  const { code, errors } = await copy(source, target);
  expect(errors).toBe('');
  expect(code).toBe(0);
  const [valued] = await all(target.client.readStream('valuation-MUG@SHOP'));
  const here = String(valued?.event?.position?.commit);
  expect(Number(here)).toBeLessThan(Number(upTo));
  const read = await all(target.client.readStream('decisions-journal', { fromRevision: 4n }));
  expect(read.map(({ event }) => [event?.type, event?.data])).toEqual([
    ['DecisionMoved', { id: 'standing', upTo: here }],
  ]);
  expect((await copy(source, target)).out).toContain('0 events copied');

  // Copied back, it is moved back: what the copy says of positions counts, not what was said before it.
  const back = await startNode();
  expect((await copy(target, back)).code).toBe(0);
  const [again] = await all(back.client.readStream('decisions-journal', { fromRevision: 5n }));
  const [moved] = await all(back.client.readStream('valuation-MUG@SHOP'));
  expect(again?.event?.data).toEqual({ id: 'standing', upTo: String(moved?.event?.position?.commit) });
}, 60_000);

test('a replay that is under way holds up the handover, until it is at its end', async () => {
  const [source, target] = [await startNode(), await startNode()];
  await fill(source.url, 10);
  const write = (type: string) => source.client.appendToStream('replay-r1', jsonEvent({ type, data: {} }), ONE_BY_ONE);
  await write('ReplayRequested');
  await write('ReplayProgressed');
  const refused = await copy(source, target);
  expect(refused.errors).toContain('replay-r1 has not come to its end');
  expect(refused.code).toBe(1);
  await write('ReplayFinished');
  const { code, out } = await copy(source, target);
  expect(out).toMatch(/^1 events copied/);
  expect(code).toBe(0);
}, 60_000);

const stored = (stream: string, revision: number): StoredEvent => ({
  id: randomUUID(),
  stream,
  revision,
  position: 0n,
  type: 'Received',
  contentType: 'application/json',
  metadata: Buffer.from('{}'),
  data: Buffer.from(`{"revision":${revision}}`),
});

test('of an append whose beginning is there the rest is added; what somebody else wrote is told', async () => {
  const target = await startNode();
  const store = new RawStore(target.url);
  const [stream, other] = [newStream(), newStream()];
  const events = [0, 1, 2, 3, 4].map((revision) => stored(stream, revision));
  const before = new OrderedAppends(store);
  await before.add(events.slice(0, 2));
  await before.settle();
  const appends = new OrderedAppends(store);
  await appends.add(events);
  await appends.add([stored(other, 0)]);
  await appends.settle();
  expect(await revisionsOf(target.client, stream)).toEqual([0, 1, 2, 3, 4]);
  expect(await revisionsOf(target.client, other)).toEqual([0]);
  const read = await all(target.client.readStream(stream));
  expect(read.map(({ event }) => event?.id)).toEqual(events.map(({ id }) => id));

  const late = new OrderedAppends(store);
  await late.add([stored(stream, 3)]);
  await expect(late.settle()).rejects.toThrow(`refused ${stream} from revision 3 on: somebody else writes there`);
  await store.close();
}, 60_000);
