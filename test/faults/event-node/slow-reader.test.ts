import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { binaryEvent, END, EventStoreDBClient } from '@eventstore/db-client';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all, newStream } from '../../contracts/event-store/support.js';
import { readOptions } from '../../contracts/event-store/wire.js';
import { EVENT_NODE_ENTRY } from '../../support/event-node.js';

const READERS = 20;
const EVENTS = 40;
const EVENT_BYTES = 1_000_000;
const READ_PATH = '/event_store.client.streams.Streams/Read';
/** Half an event for each reader: less than any of them would have to hold if it held the event it stopped in. */
const LITTLE_BYTES = 10_000_000;

let directory: string;
let node: ChildProcess;
let session: ClientHttp2Session;
let client: EventStoreDBClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stockfold-test-slow-reader-'));
  const script = join(import.meta.dirname, 'measured-node.mjs');
  node = fork(script, [dirname(EVENT_NODE_ENTRY), directory], { execArgv: ['--expose-gc'] });
  const [port] = await once(node, 'message');
  session = connect(`http://127.0.0.1:${port}`);
  client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
});
afterAll(async () => {
  session.destroy();
  await client.dispose();
  node.kill();
  await rm(directory, { recursive: true, force: true });
});

/** What the node holds once its garbage is collected. */
async function heldBytes(): Promise<number> {
  const answer = once(node, 'message');
  node.send('measure');
  return Number((await answer)[0]);
}

async function appendLarge(stream: string): Promise<void> {
  for (let count = 0; count < EVENTS; count++) {
    await client.appendToStream(stream, binaryEvent({ type: 'Blob', data: Buffer.alloc(EVENT_BYTES, count) }));
  }
}

test.each([
  ['readers', (options: streamsPb.ReadReq.Options) => options.setCount(String(EVENTS))],
  [
    'subscribers',
    (options: streamsPb.ReadReq.Options) =>
      options.setSubscription(new streamsPb.ReadReq.Options.SubscriptionOptions()),
  ],
] as const)(
  '%s that stop reading cost the node no memory, and others hear all that is written',
  async (_, wanting) => {
    const stream = newStream();
    await appendLarge(stream);
    const heard: bigint[] = [];
    const reading = client.subscribeToStream(stream, { fromRevision: END });
    reading.on('data', ({ event }) => heard.push(event?.revision ?? -1n));
    await new Promise((resolve) => reading.once('caughtUp', resolve));
    const write = async () => {
      const { length } = heard;
      const before = await heldBytes();
      await appendLarge(stream);
      await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(length + EVENTS);
      return (await heldBytes()) - before;
    };
    const cost = await write();

    const before = await heldBytes();
    const stopped: ClientHttp2Stream[] = [];
    for (let count = 0; count < READERS; count++) stopped.push(await stopReading(wanting(readOptions(stream))));
    await expect.poll(async () => (await heldBytes()) - before, { timeout: 30_000 }).toBeLessThan(LITTLE_BYTES);
    expect(await write()).toBeLessThan(cost + LITTLE_BYTES);
    expect(await all(client.readStream(stream))).toHaveLength(3 * EVENTS);
    // The one that goes on gets what it would have got.
    expect(await goOn(stopped[0])).toEqual(Array.from({ length: EVENTS }, (_, count) => [count, true]));
    await reading.unsubscribe();
  },
  120_000,
);

/** By HTTP/2 itself: the gRPC library goes on taking what it is sent, whether anybody reads it or not. */
async function stopReading(options: streamsPb.ReadReq.Options): Promise<ClientHttp2Stream> {
  const message = new streamsPb.ReadReq().setOptions(options).serializeBinary();
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  const headers = { ':method': 'POST', ':path': READ_PATH, 'content-type': 'application/grpc', te: 'trailers' };
  const call = session.request(headers).on('error', () => undefined);
  call.end(frame);
  const [answer] = await once(call, 'response');
  expect(answer[':status']).toBe(200);
  return call.pause();
}

/** Takes what comes, as far as the first events: of each the byte that fills it, and whether it does. */
async function goOn(call: ClientHttp2Stream | undefined): Promise<unknown[]> {
  const events: unknown[] = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of call ?? []) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
      const end = 5 + bytes.readUInt32BE(1);
      const data = streamsPb.ReadResp.deserializeBinary(bytes.subarray(5, end)).getEvent()?.getEvent()?.getData_asU8();
      bytes = bytes.subarray(end);
      if (data === undefined) continue;
      events.push([data[0], Buffer.compare(data, Buffer.alloc(EVENT_BYTES, data[0])) === 0]);
      if (events.length === EVENTS) return events;
    }
  }
  return events;
}
