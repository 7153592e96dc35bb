import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { EventStoreDBClient } from '@eventstore/db-client';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { all, event, events, NodeProcess, newStream, runNode } from '../../contracts/event-store/support.js';

const folders: string[] = [];
let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stockfold-test-node-'));
  folders.push(directory);
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Runs the entry file until it ends by itself. */
async function run(...flags: string[]): Promise<{ code: number | null; said: string }> {
  const child = runNode(flags);
  const said = text(child.stderr);
  child.stdout.resume();
  const [code] = await once(child, 'close');
  return { code, said: await said };
}

/** The client's appends by the older method: the newer one's pending appends are shared by all clients of a process. */
const ONE_BY_ONE = { credentials: { username: 'admin', password: 'changeit' } };

async function append(node: NodeProcess, stream: string, count: number): Promise<void> {
  const client = EventStoreDBClient.connectionString(node.url);
  await client.appendToStream(stream, events(count), ONE_BY_ONE);
  await client.dispose();
}

async function countOf(node: NodeProcess, stream: string): Promise<number> {
  const client = EventStoreDBClient.connectionString(node.url);
  const read = await all(client.readStream(stream));
  await client.dispose();
  return read.length;
}

describe('a data folder has one node', () => {
  test('a second one is refused in words, and the first goes on', async () => {
    const node = await NodeProcess.start({ directory });
    const { code, said } = await run('--data', directory, '--port', '0');
    expect(code).toBe(1);
    expect(said).toContain('is in use by another event node');
    await append(node, newStream(), 1);
    await node.kill9();
  });

  test('one that starts while the former is ending waits for it', async () => {
    const former = await NodeProcess.start({ directory });
    const stream = newStream();
    await append(former, stream, 3);
    const next = NodeProcess.start({ directory });
    await former.kill9();
    const node = await next;
    expect(await countOf(node, stream)).toBe(3);
    await node.kill9();
  });

  test('one that starts right after a kill has everything', async () => {
    const stream = newStream();
    for (let round = 1; round <= 3; round++) {
      const node = await NodeProcess.start({ directory });
      await append(node, stream, 5);
      await node.kill9();
    }
    const node = await NodeProcess.start({ directory });
    expect(await countOf(node, stream)).toBe(15);
    await node.kill9();
  });

  test('an auditor reads the file while the node runs, and cannot change an event', async () => {
    const node = await NodeProcess.start({ directory });
    const stream = newStream();
    await append(node, stream, 2);
    const file = new DatabaseSync(join(directory, 'events.db'), { timeout: 5_000 });
    const rows = file.prepare('SELECT stream, revision, type, data FROM record ORDER BY position').all();
    expect(rows).toMatchObject([
      { stream, revision: 0, type: 'Received', data: '{"quantity":0}' },
      { stream, revision: 1, type: 'Received', data: '{"quantity":1}' },
    ]);
    expect(() => file.exec("UPDATE event SET data = '{}'")).toThrow('events are never changed');
    expect(() => file.exec('DELETE FROM event')).toThrow('events are never deleted');
    file.close();
    await append(node, stream, 1);
    await node.kill9();
  });
});

describe('a node run by the service', () => {
  test('ends when its pipe closes', async () => {
    const node = await NodeProcess.start({ directory });
    expect(await node.stop()).toBe(0);
  });

  test('leaves SIGINT and SIGTERM to the service', async () => {
    const node = await NodeProcess.start({ directory });
    node.process.kill('SIGINT');
    node.process.kill('SIGTERM');
    await append(node, newStream(), 1);
    expect(await node.stop()).toBe(0);
  });
});

describe('a node run by a person', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('says where it listens, and stops on %s', async (signal) => {
    const child = runNode(['--data', directory, '--port', '0']);
    const [line] = await once(child.stdout, 'data');
    expect(String(line)).toMatch(/^Event store on esdb:\/\/127\.0\.0\.1:\d+\?tls=false, events in .*events\.db\n$/);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  test.each([
    ['no folder', ['--port', '0'], '--data is missing'],
    ['no port', ['--data', 'events'], '--port takes a number'],
    ['a port that is none', ['--data', 'events', '--port', '70000'], '--port takes a number'],
    ['a flag unknown', ['--data', 'events', '--port', '0', '--fast'], '--fast'],
  ])('with %s tells what to do', async (_, flags, hint) => {
    const { code, said } = await run(...flags);
    expect(code).toBe(2);
    expect(said).toContain(hint);
    expect(said).toContain('usage: eventstore --data DIR --port N');
  });

  test('on a port taken tells so', async () => {
    const node = await NodeProcess.start();
    const { code, said } = await run('--data', directory, '--port', String(node.port));
    expect(code).toBe(1);
    expect(said).toContain(`cannot start on 127.0.0.1:${node.port}`);
    await node.remove();
  });
});

describe('a file that is no event store is refused, untouched', () => {
  test("another program's database", async () => {
    const file = new DatabaseSync(join(directory, 'events.db'));
    file.exec('CREATE TABLE customer (name TEXT)');
    file.close();
    const { code, said } = await run('--data', directory, '--port', '0');
    expect(code).toBe(1);
    expect(said).toContain('not an event store');
    const after = new DatabaseSync(join(directory, 'events.db'));
    expect(after.prepare('PRAGMA journal_mode').all()).toMatchObject([{ journal_mode: 'delete' }]);
    after.close();
  });

  test('no database at all', async () => {
    await writeFile(join(directory, 'events.db'), 'stock;quantity\nA;1\n'.repeat(1_000));
    const { code, said } = await run('--data', directory, '--port', '0');
    expect(code).toBe(1);
    expect(said).toContain('damaged or not an SQLite file');
  });

  test('an event store cut short', async () => {
    const node = await NodeProcess.start({ directory });
    await append(node, newStream(), 500);
    await node.stop();
    await truncate(join(directory, 'events.db'), 20_480);
    const { code, said } = await run('--data', directory, '--port', '0');
    expect(code).toBe(1);
    expect(said).toContain('damaged');
  });

  test('an event store of a later version', async () => {
    const node = await NodeProcess.start({ directory });
    await append(node, newStream(), 1);
    await node.stop();
    const file = new DatabaseSync(join(directory, 'events.db'));
    file.exec('PRAGMA user_version = 99');
    file.close();
    const { code, said } = await run('--data', directory, '--port', '0');
    expect(code).toBe(1);
    expect(said).toContain('layout 99');
  });
});

test('a folder that is not there yet is made', async () => {
  const node = await NodeProcess.start({ directory: join(directory, 'deep', 'er') });
  const client = EventStoreDBClient.connectionString(node.url);
  const { nextExpectedRevision } = await client.appendToStream(newStream(), event(), ONE_BY_ONE);
  expect(nextExpectedRevision).toBe(0n);
  await client.dispose();
  await node.kill9();
});
