import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, jsonText, newStream, readAllOf } from '../support.js';

const client = await connect();

describe.each(APPEND_METHODS)('$method', ({ options }) => {
  async function written(one: Parameters<typeof client.appendToStream>[1]) {
    const stream = newStream();
    await client.appendToStream(stream, one, options);
    const [recorded] = await readAllOf(client, stream);
    return recorded;
  }

  test.each([
    ['an object', { né: '☕', zero: '\0', deep: [1, { a: null }], large: 9_007_199_254_740_991 }],
    ['a list', [1, 'two', { three: 3 }]],
    ['a text', 'only text'],
  ])('%s comes back as JSON', async (_, data) => {
    expect(await written(jsonEvent({ type: 'Json', data }))).toMatchObject({ isJson: true, data });
  });

  test.each([
    ['bytes', [0, 255, 128, 0, 7]],
    ['bytes that are no text', [0xc3, 0x28, 0xff, 0xfe]],
    ['no bytes', []],
  ])('%s come back byte for byte', async (_, bytes) => {
    const recorded = await written(binaryEvent({ type: 'Bytes', data: Uint8Array.from(bytes) }));
    expect(recorded).toMatchObject({ isJson: false });
    expect([...bytesOf(recorded?.data)]).toEqual(bytes);
  });

  test('text declared JSON is not looked into', async () => {
    const recorded = await written(jsonText('Broken', '{"a":'));
    expect(recorded).toMatchObject({ isJson: true, data: '{"a":' });
  });

  test('metadata come back as an object, as bytes, or not at all', async () => {
    const actor = { actor: 'till', items: [1, 2] };
    expect((await written(jsonEvent({ type: 'A', data: {}, metadata: actor })))?.metadata).toEqual(actor);
    const bytes = Uint8Array.from([0, 1, 254]);
    const recorded = await written(binaryEvent({ type: 'B', data: bytes, metadata: bytes }));
    expect([...bytesOf(recorded?.metadata)]).toEqual([0, 1, 254]);
    expect((await written(event()))?.metadata).toBeUndefined();
  });

  test.each(['Ware eingegangen ☕', 'stock.received.v1', '$mine', 'x'.repeat(1_000)])(
    'a type may be %j',
    async (type) => {
      expect((await written(event(type)))?.type).toBe(type);
    },
  );

  test.each(['caffè ☕', 'with space', '@', 'a\0b', 'a/b%20c?d', '$of-the-system', 'x'.repeat(5_000), '漢字'])(
    'a stream may be called %j',
    async (name) => {
      const stream = newStream(name);
      await client.appendToStream(stream, event(), options);
      const [recorded] = await readAllOf(client, stream);
      expect(recorded?.streamId).toBe(stream);
      await client.deleteStream(stream);
    },
  );

  test('names differ by case, and by how an accent is written', async () => {
    const stream = newStream('caf\u00e9');
    const others = [stream.toUpperCase(), stream.replace('\u00e9', 'e\u0301')];
    for (const name of [stream, ...others]) {
      await client.appendToStream(name, event(), { ...options, expectedRevision: 'no_stream' });
    }
    expect(await readAllOf(client, stream)).toHaveLength(1);
  });
});

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('these should be bytes');
}
