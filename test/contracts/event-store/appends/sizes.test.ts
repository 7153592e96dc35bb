import { binaryEvent, MaxAppendSizeExceededError } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, failure, newStream, readAllOf, revisionsOf } from '../support.js';
import { answers, anyRevision, chunk, exchange, kindOf, openWire, proposed, uuid } from '../wire.js';

const client = await connect();
const wire = await openWire(client);
const MIB = 1_048_576;
const blob = (bytes: number) => binaryEvent({ type: 'Blob', data: Buffer.alloc(bytes, 1) });

describe.each(APPEND_METHODS)('$method', ({ options }) => {
  test('an append may be of 1 MiB of data', async () => {
    const stream = newStream();
    await client.appendToStream(stream, [blob(MIB / 2), blob(MIB / 2)], options);
    await client.appendToStream(stream, blob(MIB), options);
    expect((await readAllOf(client, stream)).map(({ data }) => (data as Uint8Array).length)).toEqual([
      MIB / 2,
      MIB / 2,
      MIB,
    ]);
  });

  test('a byte more is refused as a whole, with the limit', async () => {
    const stream = newStream();
    const error = await failure(client.appendToStream(stream, [blob(MIB / 2), blob(MIB / 2), blob(1)], options));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error).toMatchObject({ maxAppendSize: MIB });
    await client.appendToStream(stream, event(), { ...options, expectedRevision: 'no_stream' });
    expect(await revisionsOf(client, stream)).toEqual([0]);
  });

  test('only data count towards the limit', async () => {
    const stream = newStream();
    const metadata = new Uint8Array(2 * MIB).fill(7);
    await client.appendToStream(stream, binaryEvent({ type: 'Blob', data: new Uint8Array(1), metadata }), options);
    const [recorded] = await readAllOf(client, stream);
    expect(recorded?.metadata).toHaveLength(2 * MIB);
  });

  test('an append may be of a thousand events', async () => {
    const stream = newStream();
    const many = Array.from({ length: 1_000 }, () => event());
    const { nextExpectedRevision } = await client.appendToStream(stream, many, options);
    expect(nextExpectedRevision).toBe(999n);
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(many.map(({ id }) => id));
  });
});

test('an append of 15 MiB is refused, and the call goes on', async () => {
  const call = wire.streams.batchAppend(...wire.call());
  call.write(chunk(uuid(), { options: anyRevision(newStream()), events: [proposed({}, 15 * MIB)], final: true }));
  expect((await answers(call, 1)).map(kindOf)).toEqual(['MaximumAppendSizeExceeded']);
  call.write(chunk(uuid(), { options: anyRevision(newStream()), events: [proposed()], final: true }));
  expect((await answers(call, 1)).map(kindOf)).toEqual(['success']);
  call.end();
});

test('what is too large is refused at once, not when its last part comes', async () => {
  const id = uuid();
  const [refused, next] = [newStream(), newStream()];
  const call = wire.streams.batchAppend(...wire.call());
  call.write(chunk(id, { options: anyRevision(refused), events: [proposed({}, MIB + 1)], final: false }));
  expect((await answers(call, 1)).map(kindOf)).toEqual(['MaximumAppendSizeExceeded']);
  call.write(chunk(id, { events: [proposed()], final: true }));
  call.write(chunk(uuid(), { options: anyRevision(next), events: [proposed()], final: true }));
  expect((await answers(call, 1)).map(kindOf)).toEqual(['success']);
  call.end();
});

test('a message beyond 16 MiB ends the call', async () => {
  const huge = chunk(uuid(), { options: anyRevision(newStream()), events: [proposed({}, 17 * MIB)], final: true });
  await expect(exchange(wire, [huge])).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
});
