import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { binaryEvent, END, EventStoreDBClient } from '@eventstore/db-client';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { afterAll, expect, test } from 'vitest';
import { all, event, NodeProcess, newStream } from '../../contracts/event-store/support.js';
import { readOptions } from '../../contracts/event-store/wire.js';

const READERS = 20;
const EVENTS = 40;
const EVENT_BYTES = 1_000_000;
const READ_PATH = '/event_store.client.streams.Streams/Read';
/** Far less than 20 readers times 40 MB, and more than garbage not yet collected. */
const LITTLE_BYTES = 150_000_000;

const node = await NodeProcess.start();
const client = EventStoreDBClient.connectionString(node.url);
// The client's own dispose would wait for the reads that nobody reads.
afterAll(() => node.remove());

function residentBytes(): number {
  const status = readFileSync(`/proc/${node.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

async function appendLarge(stream: string): Promise<void> {
  for (let count = 0; count < EVENTS; count++) {
    await client.appendToStream(stream, binaryEvent({ type: 'Blob', data: Buffer.alloc(EVENT_BYTES) }));
  }
}

test('readers that stop reading cost the node little memory, and the others no time', async () => {
  const stream = newStream();
  await appendLarge(stream);
  const before = residentBytes();
  const stalled = Array.from({ length: READERS }, () => client.readStream(stream).on('error', () => undefined));
  for (const read of stalled) await read[Symbol.asyncIterator]().next();
  // Each of these comes after the node had every occasion to read ahead for the stalled ones.
  for (let count = 0; count < 50; count++) await client.appendToStream(newStream(), event());
  expect(await all(client.readStream(stream))).toHaveLength(EVENTS);
  expect(residentBytes() - before).toBeLessThan(LITTLE_BYTES);
}, 120_000);

test('so do subscribers that stop reading in what was there, while others write more', async () => {
  const stream = newStream();
  await appendLarge(stream);
  const before = residentBytes();
  const session = connect(`http://127.0.0.1:${node.port}`);
  for (let count = 0; count < READERS; count++) await subscribeAndStopReading(session, stream);
  const heard: bigint[] = [];
  const reading = client.subscribeToStream(stream, { fromRevision: END });
  reading.on('data', ({ event }) => heard.push(event?.revision ?? -1n));
  await new Promise((resolve) => reading.once('caughtUp', resolve));
  await appendLarge(stream);
  await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(EVENTS);
  expect(residentBytes() - before).toBeLessThan(LITTLE_BYTES);
  session.destroy();
  await reading.unsubscribe();
}, 120_000);

/** By HTTP/2 itself: the gRPC library goes on taking what it is sent, whether anybody reads it or not. */
async function subscribeAndStopReading(session: ClientHttp2Session, stream: string): Promise<void> {
  const options = readOptions(stream).setSubscription(new streamsPb.ReadReq.Options.SubscriptionOptions());
  const message = new streamsPb.ReadReq().setOptions(options).serializeBinary();
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  const headers = { ':method': 'POST', ':path': READ_PATH, 'content-type': 'application/grpc', te: 'trailers' };
  const call = session.request(headers).on('error', () => undefined);
  call.end(frame);
  const [answer] = await once(call, 'response');
  expect(answer[':status']).toBe(200);
  call.pause();
}
