import { BACKWARDS, binaryEvent, END } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { all, connect, event, newStream, revisionsOf } from '../support.js';

const client = await connect();

/** A stream of 6 MB, more than any buffer between server and client holds. */
async function largeStream(): Promise<string> {
  const stream = newStream();
  const large = () => binaryEvent({ type: 'Blob', data: Buffer.alloc(100_000) });
  for (let count = 0; count < 20; count++) await client.appendToStream(stream, [large(), large(), large()]);
  return stream;
}

test('a consumer that stops reading holds up nobody else', async () => {
  const stream = await largeStream();
  const slow = client.readStream(stream);
  const first = await slow[Symbol.asyncIterator]().next();
  expect(first.done).toBe(false);
  await client.appendToStream(stream, event());
  const last = { direction: BACKWARDS, fromRevision: END, maxCount: 1 } as const;
  expect(await revisionsOf(client, stream, last)).toEqual([60]);
  slow.destroy();
});

test('a consumer that takes its time gets everything', async () => {
  const stream = await largeStream();
  let count = 0;
  for await (const _ of client.readStream(stream)) {
    count++;
    if (count % 10 === 0) await client.appendToStream(newStream(), event());
  }
  expect(count).toBe(60);
});

test('reads left half-way leave room for others', async () => {
  const stream = await largeStream();
  for (let count = 0; count < 10; count++) {
    for await (const _ of client.readStream(stream)) break;
  }
  expect(await all(client.readStream(stream))).toHaveLength(60);
});
