import { execFileSync } from 'node:child_process';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, expect, test, vi } from 'vitest';
import { NodeProcess, newStream, readAllOf } from '../../contracts/event-store/support.js';

const node = await NodeProcess.start();
const client = EventStoreDBClient.connectionString(node.url);
afterAll(async () => {
  await client.dispose();
  await node.remove();
});

/** Lets no file of the node grow beyond this, which its writes meet as they would a full disk. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(node.process.pid), `--fsize=${bytes}:`]);
}

test('on a full disk no append is acknowledged that was not kept, reads go on, and writes resume with room', async () => {
  const stream = newStream();
  const ledger: Array<{ event: ReturnType<typeof binaryEvent>; acknowledged: boolean }> = [];
  async function append(): Promise<boolean> {
    const entry = {
      event: binaryEvent({ type: 'Blob', data: Buffer.alloc(20_000, ledger.length) }),
      acknowledged: false,
    };
    ledger.push(entry);
    try {
      await client.appendToStream(stream, entry.event);
      entry.acknowledged = true;
    } catch {
      // Counted by the ledger.
    }
    return entry.acknowledged;
  }
  const acknowledged = () => ledger.filter((entry) => entry.acknowledged).map(({ event }) => event.id);
  const stored = async () => (await readAllOf(client, stream)).map(({ id }) => id);

  for (let count = 0; count < 5; count++) expect(await append()).toBe(true);
  limitFiles(500_000);
  let refusedInARow = 0;
  for (let count = 0; count < 200 && refusedInARow < 10; count++)
    refusedInARow = (await append()) ? 0 : refusedInARow + 1;
  expect(refusedInARow).toBe(10);
  expect(await stored()).toEqual(acknowledged());

  limitFiles('unlimited');
  await vi.waitFor(async () => expect(await append()).toBe(true), { timeout: 30_000, interval: 50 });
  expect(await stored()).toEqual(acknowledged());
  for (const { event } of ledger) await client.appendToStream(stream, event);
  expect(new Set(await stored()).size).toBe(ledger.length);
  expect(await stored()).toHaveLength(ledger.length);

  await node.kill9();
  const again = await node.restart();
  const after = await vi.waitFor(stored, { timeout: 30_000 });
  expect(after).toHaveLength(ledger.length);
  await again.kill9();
}, 120_000);
