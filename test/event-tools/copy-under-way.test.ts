import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { expect, onTestFinished, test } from 'vitest';
import { all, type NodeProcess, newStream } from '../contracts/event-store/support.js';
import { copy, fill, nodeStarter, ONE_BY_ONE, type Said, saidBy, startEventstore } from './support.js';

const startNode = nodeStarter();

/** Everything of users' streams, in order. */
async function contentOf({ url }: NodeProcess): Promise<string[]> {
  const client = EventStoreDBClient.connectionString(url);
  const read = await all(client.readAll());
  await client.dispose();
  return read.flatMap(({ event }) =>
    event === undefined || event.streamId === 'stockfold-identity'
      ? []
      : `${event.revision}@${event.streamId} ${event.type} ${JSON.stringify(event.data)}`,
  );
}

/** Writes until it is told to stop. */
function writing({ url }: NodeProcess, pauseMs: number): () => Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  let stopping = false;
  const write = async () => {
    const streams = [newStream(), newStream()];
    for (let count = 0; !stopping; count++) {
      const event = jsonEvent({ type: 'Sold', data: { count } });
      await client.appendToStream(streams[count % 2] ?? '', event, ONE_BY_ONE);
      await sleep(pauseMs);
    }
    await client.dispose();
  };
  const done = write();
  return () => {
    stopping = true;
    return done;
  };
}

test('what is written to the source meanwhile is copied too, once it stands still', async () => {
  const [source, target] = [await startNode(), await startNode()];
  await fill(source.url, 200);
  const stop = writing(source, 1);
  const copying = copy(source, target);
  await sleep(600);
  await stop();
  const first = await copying;
  if (first.code !== 0)
    expect(first.errors).toMatch(/still moves, and the copy is \d+ events behind: stop the writers/);
  const { code, errors } = first.code === 0 ? first : await copy(source, target);
  expect(errors).toBe('');
  expect(code).toBe(0);
  expect(await contentOf(target)).toEqual(await contentOf(source));
}, 120_000);

test('a source that does not stop is not handed over; how far behind the copy is, is told; then it goes on', async () => {
  const source = await startNode();
  let target = await startNode();
  await fill(source.url, 30);
  const stop = writing(source, 0);
  let moving = await copy(source, target);
  // Where the writer had to wait for its turn the source did stand still for a moment.
  while (moving.code === 0) {
    target = await startNode();
    moving = await copy(source, target);
  }
  expect(moving.errors).toMatch(
    /still moves, and the copy is [1-9]\d* events behind: stop the writers and run it again/,
  );
  expect(moving.code).toBe(1);
  await stop();
  const client = EventStoreDBClient.connectionString(target.url);
  await expect(all(client.readStream('stockfold-identity'))).rejects.toMatchObject({ type: 'stream-not-found' });
  await client.dispose();
  const { code, out } = await copy(source, target);
  expect(out).toContain('proved equal');
  expect(code).toBe(0);
  expect(await contentOf(target)).toEqual(await contentOf(source));
}, 120_000);

test('a source that goes on after it was handed over is told each time it is copied again', async () => {
  const [source, target] = [await startNode(), await startNode()];
  await fill(source.url, 10);
  expect((await copy(source, target)).code).toBe(0);
  const stop = writing(source, 5);
  await sleep(100);
  await stop();
  const again = await copy(source, target);
  expect(again.errors).toContain('has gone on since it was copied');
  expect(again.code).toBe(1);
}, 60_000);

/** Kills the copy, or the target under it, some time after it began; the target comes back. */
async function kill(what: 'copy' | 'target', source: NodeProcess, target: NodeProcess): Promise<[NodeProcess, Said]> {
  const child = startEventstore('copy', '--from', source.url, '--to', target.url);
  const said = saidBy(child);
  await sleep(200 + Math.random() * 1_500);
  if (what === 'copy') {
    child.kill('SIGKILL');
    return [target, await said];
  }
  await target.kill9();
  const back = await target.restart();
  onTestFinished(() => back.remove());
  return [back, await said];
}

test.each(['copy', 'target'] as const)(
  'the %s killed at any moment, six times: it goes on, and nobody has to begin anew',
  async (what) => {
    const source = await startNode();
    let target = await startNode();
    await fill(source.url, 900);
    const errors: string[] = [];
    for (let round = 0; round < 6; round++) {
      const [back, said] = await kill(what, source, target);
      target = back;
      errors.push(said.errors);
    }
    const { code, out, errors: last } = await copy(source, target);
    expect([...errors, last].join()).not.toMatch(/empty store|holds something else/);
    expect(last).toBe('');
    expect(out).toContain('proved equal');
    expect(code).toBe(0);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  },
  180_000,
);
