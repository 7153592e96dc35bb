import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { all, event, NodeProcess, newStream } from '../contracts/event-store/support.js';
import { eventstore, saidBy, startEventstore } from './support.js';

const WRITERS = 16;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-test-backup-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a copy made under load has all that was acknowledged before it began, and nothing out of turn', async () => {
  const source = join(folder, 'source');
  const copy = join(folder, 'copy');
  const node = await NodeProcess.start({ directory: source });
  const client = EventStoreDBClient.connectionString(node.url);
  const acknowledged = new Map<string, number>();
  let stopping = false;
  const write = async (stream: string) => {
    for (let count = 1; !stopping; count++) {
      await client.appendToStream(stream, event());
      acknowledged.set(stream, count);
    }
  };
  const writers = Array.from({ length: WRITERS }, () => write(newStream()));
  await vi.waitFor(() => expect(sum(acknowledged)).toBeGreaterThan(1_000), { timeout: 30_000 });

  // One that is killed leaves nothing that looks like a copy.
  await killedHalfWay(source, copy);

  const before = new Map(acknowledged);
  const { code, out, errors } = await eventstore('backup', source, copy, '--verify');
  const during = sum(acknowledged) - sum(before);
  stopping = true;
  await Promise.all(writers);
  await client.dispose();
  expect(errors).toBe('');
  expect(out).toContain(', proved');
  expect(code).toBe(0);
  expect(during).toBeGreaterThan(0);
  expect(existsSync(`${copy}.unfinished`)).toBe(false);
  expect((await eventstore('backup', source, copy)).errors).toContain('is there already');

  await node.kill9();
  const restored = await NodeProcess.start({ directory: copy });
  const reader = EventStoreDBClient.connectionString(restored.url);
  const found = new Map<string, number>();
  for (const { event: one } of await all(reader.readAll())) {
    if (one === undefined) continue;
    expect(Number(one.revision)).toBe(found.get(one.streamId) ?? 0);
    found.set(one.streamId, Number(one.revision) + 1);
  }
  await reader.dispose();
  await restored.kill9();
  for (const [stream, count] of before) expect(found.get(stream)).toBeGreaterThanOrEqual(count);
}, 120_000);

/** Kills a backup that has begun its copy; one that was done before it could be killed is begun anew. */
async function killedHalfWay(source: string, copy: string): Promise<void> {
  while (true) {
    const backup = startEventstore('backup', source, copy);
    let ended = false;
    const end = saidBy(backup).finally(() => {
      ended = true;
    });
    while (!ended && !existsSync(`${copy}.unfinished`)) await sleep(1);
    backup.kill('SIGKILL');
    await end;
    if (!existsSync(copy)) return;
    // Killed or not, it was done: under this name there is a whole copy or none.
    expect((await eventstore('verify', copy)).code).toBe(0);
    await rm(copy, { recursive: true });
  }
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((one, other) => one + other, 0);

test('a folder without events is told', async () => {
  const { code, errors } = await eventstore('backup', join(folder, 'nowhere'), join(folder, 'there'));
  expect(errors).toContain('there is no file');
  expect(code).toBe(1);
});
