import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedNodeProcess } from '../../../src/adapters/event-store/embedded-node-process/embedded-node-process.js';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import type { NewEvent } from '../../../src/ports/event-store.js';
import type { Log } from '../../../src/ports/log.js';
import { EVENT_NODE_ENTRY } from '../../support/event-node.js';

const event = (): NewEvent => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

describe('The event node as a child process', () => {
  let dataDir: string;
  let logged: { level: string; message: string }[];
  const log: Log = {
    info: (message) => void logged.push({ level: 'info', message }),
    warn: (message) => void logged.push({ level: 'warn', message }),
    error: (message) => void logged.push({ level: 'error', message }),
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'stockfold-test-child-'));
    logged = [];
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is started again on its port when it dies, and appends in flight go through', async () => {
    const node = await EmbeddedNodeProcess.start({ dataDir, log, entry: EVENT_NODE_ENTRY });
    const { url, pid } = node;
    const store = new EventStoreDbEventStore({ url, appendTimeoutMs: 30_000 });
    await store.append('a', 'no-stream', [event()]);
    process.kill(pid ?? 0, 'SIGKILL');
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) => store.append(`b-${index}`, 'no-stream', [event()])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array(16).fill('appended'));
    expect(await store.append('a', 0, [event()])).toMatchObject({ status: 'appended', revision: 1 });
    expect(node.url).toBe(url);
    expect(node.pid).not.toBe(pid);
    expect(logged).toContainEqual({ level: 'error', message: 'event node died, starts again' });
    await store.close();
    await node.stop();
    expect(isRunning(node.pid)).toBe(false);
  });

  it('does not come back once it was stopped, even if that was while it was starting again', async () => {
    const node = await EmbeddedNodeProcess.start({ dataDir, log, entry: EVENT_NODE_ENTRY });
    process.kill(node.pid ?? 0, 'SIGKILL');
    while (!logged.some(({ level }) => level === 'error')) await new Promise((resolve) => setTimeout(resolve, 5));
    await node.stop();
    expect(isRunning(node.pid)).toBe(false);
  });

  it('that cannot start says why', async () => {
    const file = join(dataDir, 'a file');
    await writeFile(file, '');
    const starting = EmbeddedNodeProcess.start({ dataDir: file, log, entry: EVENT_NODE_ENTRY });
    await expect(starting).rejects.toThrow(/did not start \(exit code 1\): eventstore: .*a file/s);
  });

  it('that never gets ready is given up, with what it said', async () => {
    const entry = join(dataDir, 'never.mjs');
    await writeFile(entry, 'console.error("still thinking"); setInterval(() => {}, 1000);');
    let told = '';
    // However long it takes to say something.
    for (let readyTimeoutMs = 500; !told.includes('still thinking'); readyTimeoutMs *= 2) {
      const starting = EmbeddedNodeProcess.start({ dataDir, log, entry, readyTimeoutMs });
      told = await starting.then(String, (error: Error) => error.message);
      expect(told).toContain(`not ready after ${readyTimeoutMs} ms: `);
    }
  });

  it('that hangs at its stop is ended', async () => {
    const entry = join(dataDir, 'stays.mjs');
    await writeFile(entry, 'console.log(JSON.stringify({ ready: true, port: 1 })); setInterval(() => {}, 1000);');
    const node = await EmbeddedNodeProcess.start({ dataDir, log, entry, stopGraceMs: 100 });
    await node.stop();
    expect(isRunning(node.pid)).toBe(false);
  });

  it('that dies at every start is tried again more and more slowly', async () => {
    const entry = join(dataDir, 'once.mjs');
    await writeFile(
      entry,
      `import { existsSync, writeFileSync } from 'node:fs';
       const marker = process.argv[3] + '/ran';
       if (existsSync(marker)) throw new Error('broken for good');
       writeFileSync(marker, '');
       console.log(JSON.stringify({ ready: true, port: 1 }));
       setTimeout(() => process.exit(1), 100);`,
    );
    const node = await EmbeddedNodeProcess.start({ dataDir, log, entry });
    const failures = () => logged.filter(({ message }) => message === 'event node does not start').length;
    while (failures() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await node.stop();
    expect(failures()).toBe(3);
  });
});

function isRunning(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}
