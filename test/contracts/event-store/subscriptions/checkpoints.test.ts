import { END, type Position, streamNameFilter } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { connect, event, events, newStream, now } from '../support.js';
import { hearAll, listen } from './listening.js';

const client = await connect();

type Trace = Array<{ revision: bigint } | { checkpoint: Position }>;

/** What a filtered subscription brings and how far it says it has looked, as it comes. */
function follow(fromPosition: Position | typeof END, prefixes: string[], window: { size: number; interval?: number }) {
  const trace: Trace = [];
  const filter = streamNameFilter({
    prefixes,
    maxSearchWindow: window.size,
    checkpointInterval: window.interval ?? 1,
    checkpointReached: async (_, checkpoint) => {
      trace.push({ checkpoint });
    },
  });
  const subscription = client.subscribeToAll({ fromPosition, filter });
  const { says } = listen(subscription);
  subscription.on('data', ({ event }) => trace.push({ revision: event?.revision ?? -1n }));
  const checkpoints = () => trace.flatMap((said) => ('checkpoint' in said ? [said.checkpoint] : []));
  return { trace, checkpoints, says };
}

test('from each checkpoint on nothing is lost and nothing repeated', async () => {
  const since = await now(client);
  const [wanted, other, end] = [newStream('wanted'), newStream('other'), newStream('wanted-end')];
  for (let count = 0; count < 10; count++) {
    await client.appendToStream(wanted, event());
    await client.appendToStream(other, events(3));
  }
  await client.appendToStream(end, event());
  const { trace, checkpoints } = follow(since, [wanted, end], { size: 4 });
  await expect.poll(() => trace.filter((said) => 'revision' in said)).toHaveLength(11);
  const all = [...Array.from({ length: 10 }, (_, revision) => `${wanted} ${revision}`), `${end} 0`];
  expect(checkpoints().length).toBeGreaterThan(5);
  const filter = streamNameFilter({ prefixes: [wanted, end] });
  let before = 0;
  // As it is now: others go on writing, and it is told how far it has looked.
  for (const said of [...trace]) {
    if ('revision' in said) before += 1;
    else if (said.checkpoint.commit > 0n && before < all.length) {
      expect(await hearAll(client, { fromPosition: said.checkpoint, filter }, end)).toEqual(all.slice(before));
    }
  }
});

test('checkpoints come of history that does not match', async () => {
  const since = await now(client);
  await client.appendToStream(newStream('other'), events(100));
  const { checkpoints, says } = follow(since, [newStream('wanted')], { size: 5 });
  await says('caught up');
  await expect.poll(() => checkpoints().length).toBeGreaterThan(5);
});

test('checkpoints come of new events that do not match', async () => {
  const { checkpoints, says } = follow(END, [newStream('wanted')], { size: 5 });
  await says('caught up');
  const { position } = await client.appendToStream(newStream('other'), events(50));
  await expect.poll(() => checkpoints().length).toBeGreaterThanOrEqual(10);
  expect(checkpoints().some(({ commit }) => commit <= (position?.commit ?? 0n))).toBe(true);
});

test('checkpoints only grow', async () => {
  const { checkpoints, says } = follow(END, [newStream('wanted')], { size: 2 });
  await says('caught up');
  for (let count = 0; count < 5; count++) await client.appendToStream(newStream('other'), events(10));
  await expect.poll(() => checkpoints().length).toBeGreaterThan(20);
  const commits = checkpoints().map(({ commit }) => commit);
  expect(commits).toEqual([...new Set(commits)].sort((a, b) => Number(a - b)));
});

test('a longer interval makes them rarer', async () => {
  const wanted = [newStream('wanted')];
  const often = follow(END, wanted, { size: 2, interval: 1 });
  const rarely = follow(END, wanted, { size: 2, interval: 25 });
  await often.says('caught up');
  await rarely.says('caught up');
  await client.appendToStream(newStream('other'), events(200));
  await expect.poll(() => often.checkpoints().length).toBeGreaterThanOrEqual(100);
  await expect.poll(() => rarely.checkpoints().length).toBeGreaterThanOrEqual(4);
  // Others write too, and each of the two hears of that in its own time.
  await expect.poll(() => often.checkpoints().length / rarely.checkpoints().length).toBeGreaterThan(10);
});

test('a checkpoint is told before anything behind it', async () => {
  const wanted = newStream('wanted');
  const { trace, says } = follow(END, [wanted], { size: 1 });
  await says('caught up');
  const { position } = await client.appendToStream(wanted, event());
  await client.appendToStream(newStream('other'), event());
  const found = () => trace.findIndex((said) => 'revision' in said);
  await expect.poll(found).toBeGreaterThanOrEqual(0);
  const at = found();
  await expect.poll(() => trace.length).toBeGreaterThan(at + 1);
  for (const [index, said] of trace.entries()) {
    if ('revision' in said) continue;
    if (index < at) expect(said.checkpoint.commit).toBeLessThan(position?.commit ?? 0n);
    else expect(said.checkpoint.commit).toBeGreaterThanOrEqual(position?.commit ?? 0n);
  }
});
