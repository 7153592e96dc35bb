import { readFileSync } from 'node:fs';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, expect, test } from 'vitest';
import { all, event, NodeProcess, newStream } from '../../contracts/event-store/support.js';

const READERS = 20;
const EVENTS = 60;
const EVENT_BYTES = 1_000_000;

const node = await NodeProcess.start();
const client = EventStoreDBClient.connectionString(node.url);
afterAll(async () => {
  await client.dispose();
  await node.remove();
});

function residentBytes(): number {
  const status = readFileSync(`/proc/${node.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

test('readers that stop reading cost the node little memory, and the others no time', async () => {
  const stream = newStream();
  for (let count = 0; count < EVENTS; count++) {
    await client.appendToStream(stream, binaryEvent({ type: 'Blob', data: Buffer.alloc(EVENT_BYTES) }));
  }
  const before = residentBytes();
  const stalled = Array.from({ length: READERS }, () => client.readStream(stream));
  for (const read of stalled) await read[Symbol.asyncIterator]().next();
  // Each of these comes after the node had every occasion to read ahead for the stalled ones.
  for (let count = 0; count < 50; count++) await client.appendToStream(newStream(), event());
  expect(await all(client.readStream(stream))).toHaveLength(EVENTS);
  expect(residentBytes() - before).toBeLessThan((READERS * EVENTS * EVENT_BYTES) / 5);
}, 60_000);
