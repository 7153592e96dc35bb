import { randomUUID } from 'node:crypto';
import { binaryEvent, jsonEvent, WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, all, connect, event, events, failure, newStream, readAllOf, revisionsOf } from './support.js';

const client = await connect();
const MAX_APPEND_BYTES = 1_048_576;

describe.each(APPEND_METHODS)('$method', ({ options }) => {
  test('a new stream begins at revision 0, at a position that only grows', async () => {
    const stream = newStream();
    const first = await client.appendToStream(stream, event(), { ...options, expectedRevision: 'no_stream' });
    const more = await client.appendToStream(stream, events(3), options);
    expect([first.nextExpectedRevision, more.nextExpectedRevision]).toEqual([0n, 3n]);
    const positions = (await readAllOf(client, stream)).map((recorded) => recorded.position?.commit ?? 0n);
    expect(positions).toEqual([...positions].sort((a, b) => Number(a - b)));
    expect([first.position?.commit, more.position?.commit]).toEqual([positions[0], positions[3]]);
  });

  test('the exact revision is accepted, one below and one above are told what the stream is at', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(3), options);
    for (const expectedRevision of [1n, 3n]) {
      const error = await failure(client.appendToStream(stream, event(), { ...options, expectedRevision }));
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ streamName: stream, expectedVersion: expectedRevision, actualVersion: 2n });
    }
    await client.appendToStream(stream, event(), { ...options, expectedRevision: 2n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3]);
  });

  test('no_stream is refused once there is one, stream_exists until there is one', async () => {
    const stream = newStream();
    const missing = await failure(
      client.appendToStream(stream, event(), { ...options, expectedRevision: 'stream_exists' }),
    );
    expect(missing).toMatchObject({
      type: 'wrong-expected-version',
      expectedVersion: 'stream_exists',
      actualVersion: 'no_stream',
    });
    await client.appendToStream(stream, event(), { ...options, expectedRevision: 'no_stream' });
    await client.appendToStream(stream, event(), { ...options, expectedRevision: 'stream_exists' });
    const there = await failure(client.appendToStream(stream, event(), { ...options, expectedRevision: 'no_stream' }));
    expect(there).toMatchObject({ type: 'wrong-expected-version', expectedVersion: 'no_stream', actualVersion: 1n });
  });

  test('a stream with metadata alone counts as existing for stream_exists', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 10 });
    await client.appendToStream(stream, event(), { ...options, expectedRevision: 'stream_exists' });
    expect(await revisionsOf(client, stream)).toEqual([0]);
  });

  test('a retry with any revision writes nothing and answers as before, also across the borders of appends', async () => {
    const stream = newStream();
    const [a, b, c] = [event('A'), event('B'), event('C')];
    const first = await client.appendToStream(stream, [a, b], options);
    const second = await client.appendToStream(stream, [c], options);
    expect(await client.appendToStream(stream, [a, b], options)).toEqual(first);
    expect(await client.appendToStream(stream, [b, c], options)).toEqual(second);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test('a retry with the same expected revision is known however much was appended since', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event(), options);
    const retried = events(2);
    const first = await client.appendToStream(stream, retried, { ...options, expectedRevision: 0n });
    await client.appendToStream(stream, events(3), options);
    expect(await client.appendToStream(stream, retried, { ...options, expectedRevision: 0n })).toEqual(first);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('the same event at the present revision is written again: the revision decides', async () => {
    const stream = newStream();
    const twice = event();
    await client.appendToStream(stream, twice, { ...options, expectedRevision: 'no_stream' });
    await client.appendToStream(stream, twice, { ...options, expectedRevision: 0n });
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual([twice.id, twice.id]);
  });

  test('a retry that changes or adds an event is refused as a whole', async () => {
    const stream = newStream();
    const [a, b, c] = [event('A'), event('B'), event('C')];
    await client.appendToStream(stream, [a, b], options);
    for (const retry of [
      [a, c],
      [a, b, c],
    ]) {
      for (const expectedRevision of ['no_stream', 'any'] as const) {
        const error = await failure(client.appendToStream(stream, retry, { ...options, expectedRevision }));
        expect(error).toBeInstanceOf(WrongExpectedVersionError);
      }
    }
    expect(await revisionsOf(client, stream)).toEqual([0, 1]);
  });

  test('an event id known in another stream is written to this one', async () => {
    const shared = event();
    const [one, other] = [newStream(), newStream()];
    await client.appendToStream(one, shared, options);
    await client.appendToStream(other, shared, options);
    expect(await revisionsOf(client, other)).toEqual([0]);
  });

  test('an append of no events succeeds and leaves nothing', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2), options);
    const empty = await client.appendToStream(stream, [], { ...options, expectedRevision: 1n });
    expect(empty.nextExpectedRevision).toBe(1n);
    const below = await failure(client.appendToStream(stream, [], { ...options, expectedRevision: 0n }));
    expect(below).toBeInstanceOf(WrongExpectedVersionError);
    expect(await revisionsOf(client, stream)).toEqual([0, 1]);
  });

  test('of many appends that expect one revision exactly one wins', async () => {
    const stream = newStream();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        client.appendToStream(stream, event(), { ...options, expectedRevision: 'no_stream' }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await revisionsOf(client, stream)).toEqual([0]);
  });

  test('an append may be 1 MiB of data, and not a byte more', async () => {
    const stream = newStream();
    const fits = () => binaryEvent({ type: 'Blob', data: Buffer.alloc(MAX_APPEND_BYTES / 2) });
    await client.appendToStream(stream, [fits(), fits()], options);
    const oneMore = binaryEvent({ type: 'Blob', data: Buffer.alloc(1) });
    const error = await failure(client.appendToStream(stream, [fits(), fits(), oneMore], options));
    expect(error).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: MAX_APPEND_BYTES });
    await client.appendToStream(stream, event(), options);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test('data and metadata come back byte for byte', async () => {
    const stream = newStream();
    const bytes = Buffer.from([0, 255, 128, 0, 7]);
    await client.appendToStream(
      stream,
      [
        jsonEvent({
          type: 'Object',
          data: { né: '☕', zero: '\0', deep: [1, { a: null }] },
          metadata: { actor: 'till' },
        }),
        binaryEvent({ type: 'Bytes', data: bytes, metadata: Uint8Array.from([0, 1, 254]) }),
        binaryEvent({ type: 'Nothing', data: new Uint8Array() }),
      ],
      options,
    );
    const [object, binary, nothing] = await readAllOf(client, stream);
    expect(object).toMatchObject({
      isJson: true,
      data: { né: '☕', zero: '\0', deep: [1, { a: null }] },
      metadata: { actor: 'till' },
    });
    expect(binary).toMatchObject({ isJson: false, type: 'Bytes' });
    expect([...bytesOf(binary?.data)]).toEqual([...bytes]);
    expect([...bytesOf(binary?.metadata)]).toEqual([0, 1, 254]);
    expect([...bytesOf(nothing?.data)]).toEqual([]);
    expect(nothing?.metadata).toBeUndefined();
  });

  test('an event has its id and the time of its append', async () => {
    const stream = newStream();
    const before = Date.now();
    const written = event();
    await client.appendToStream(stream, { ...written, id: written.id.toUpperCase() }, options);
    const [recorded] = await readAllOf(client, stream);
    expect(recorded?.id).toBe(written.id);
    expect(recorded?.created.getTime()).toBeGreaterThanOrEqual(before - 1);
    expect(recorded?.created.getTime()).toBeLessThanOrEqual(Date.now() + 1);
  });

  test.each(['caffè ☕', 'with space', '@', 'a\0b', 'x'.repeat(5_000), '漢字'])(
    'a stream may be called %j',
    async (name) => {
      const stream = newStream(name);
      await client.appendToStream(stream, event(), options);
      const [recorded] = await readAllOf(client, stream);
      expect(recorded?.streamId).toBe(stream);
    },
  );
});

test('an append sent in many small parts is one append', async () => {
  const stream = newStream();
  const parts = events(50);
  const { nextExpectedRevision } = await client.appendToStream(stream, parts, { batchAppendSize: 200 });
  expect(nextExpectedRevision).toBe(49n);
  expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(parts.map(({ id }) => id));
});

test('parts of appends sent at the same time do not mix', async () => {
  const streams = Array.from({ length: 8 }, () => newStream());
  await Promise.all(streams.map((stream) => client.appendToStream(stream, events(20), { batchAppendSize: 100 })));
  for (const stream of streams) expect(await revisionsOf(client, stream)).toHaveLength(20);
});

test('a retry that meets its original still under way leaves one copy', async () => {
  const stream = newStream();
  const retried = events(3);
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.appendToStream(stream, retried)));
  expect(new Set(answers.map(({ nextExpectedRevision }) => nextExpectedRevision))).toEqual(new Set([2n]));
  expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
});

test('appends of one client to one stream keep the order they were sent in', async () => {
  const stream = newStream();
  const sent = events(200);
  await Promise.all(sent.map((one) => client.appendToStream(stream, one)));
  expect((await all(client.readStream(stream))).map(({ event }) => event?.id)).toEqual(sent.map(({ id }) => id));
});

test('one refused append leaves those sent with it unharmed', async () => {
  const streams = Array.from({ length: 50 }, () => newStream());
  const outcomes = await Promise.allSettled(
    streams.map((stream, index) =>
      client.appendToStream(stream, { ...event(), id: index % 5 === 0 ? 'no uuid' : randomUUID() }),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  for (const [index, stream] of streams.entries()) {
    if (index % 5 !== 0) expect(await revisionsOf(client, stream)).toEqual([0]);
  }
});

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('these should be bytes');
}
