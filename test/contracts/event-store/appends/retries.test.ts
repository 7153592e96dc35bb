import { type AppendExpectedRevision, WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, events, failure, newStream, readAllOf, revisionsOf } from '../support.js';

const client = await connect();
type Events = ReturnType<typeof events>;

describe.each(APPEND_METHODS)('$method: a retry', ({ options }) => {
  const append = (stream: string, written: Events, expectedRevision: AppendExpectedRevision = 'any') =>
    client.appendToStream(stream, written, { ...options, expectedRevision });

  /** A stream of the events 0 to 4, written by two appends, with the answers to these. */
  async function given() {
    const stream = newStream();
    const written = events(5);
    const first = await append(stream, written.slice(0, 2));
    const second = await append(stream, written.slice(2));
    return { stream, written, first, second };
  }

  async function expectUntouched(stream: string, written: Events): Promise<void> {
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(written.map(({ id }) => id));
  }

  test.each(['any', 'stream_exists', 'no_stream'] as const)(
    'with %s writes nothing, and is answered as before',
    async (expected) => {
      const { stream, written, first } = await given();
      expect(await append(stream, written.slice(0, 2), expected)).toEqual(first);
      await expectUntouched(stream, written);
    },
  );

  test('with the same expected revision is known however much was appended since', async () => {
    const { stream, written, second } = await given();
    const more = events(3);
    await append(stream, more);
    expect(await append(stream, written.slice(2), 1n)).toEqual(second);
    await expectUntouched(stream, [...written, ...more]);
  });

  test.each(['any', 0n] as const)('with %s may run across the borders of the former appends', async (expected) => {
    const { stream, written } = await given();
    expect(await append(stream, written.slice(1, 4), expected)).toMatchObject({ nextExpectedRevision: 3n });
    await expectUntouched(stream, written);
  });

  test.each(['any', 2n] as const)('with %s may be of some of the former events', async (expected) => {
    const { stream, written } = await given();
    const [recorded] = await readAllOf(client, stream, { fromRevision: 3n });
    expect(await append(stream, written.slice(3, 4), expected)).toMatchObject({
      nextExpectedRevision: 3n,
      position: recorded?.position,
    });
    await expectUntouched(stream, written);
  });

  test('at the present revision is written again: the revision decides', async () => {
    const { stream, written } = await given();
    await append(stream, written.slice(4), 4n);
    await expectUntouched(stream, [...written, ...written.slice(4)]);
  });

  test.each(['any', 'stream_exists', 'no_stream'] as const)(
    'with %s that changes an event is refused as a whole',
    async (expected) => {
      const { stream, written } = await given();
      const changed = [...written.slice(0, 1), event()];
      expect(await failure(append(stream, changed, expected))).toBeInstanceOf(WrongExpectedVersionError);
      await expectUntouched(stream, written);
    },
  );

  test.each(['any', 1n] as const)('with %s that adds an event is refused as a whole', async (expected) => {
    const { stream, written } = await given();
    const longer = [...written.slice(2), event()];
    expect(await failure(append(stream, longer, expected))).toBeInstanceOf(WrongExpectedVersionError);
    await expectUntouched(stream, written);
  });

  test('at a former revision with other events is refused', async () => {
    const { stream, written } = await given();
    expect(await failure(append(stream, events(2), 1n))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await failure(append(stream, written.slice(3), 1n))).toBeInstanceOf(WrongExpectedVersionError);
    await expectUntouched(stream, written);
  });

  test('is one by its first event only: a later one that is known is written again', async () => {
    const { stream, written } = await given();
    const fresh = [event(), ...written.slice(0, 1)];
    await append(stream, fresh);
    await expectUntouched(stream, [...written, ...fresh]);
  });

  test('is known by its ids alone: what was written first stays', async () => {
    const stream = newStream();
    const written = event('First', { quantity: 1 });
    await append(stream, [written]);
    await append(stream, [{ ...written, type: 'Second', data: { quantity: 2 } }]);
    expect(await readAllOf(client, stream)).toMatchObject([{ type: 'First', data: { quantity: 1 } }]);
  });

  test('with an expected revision is known in every stream that an id was written to', async () => {
    const written = events(1);
    const [one, other] = [newStream(), newStream()];
    await append(one, written, 'no_stream');
    const second = await append(other, written, 'no_stream');
    await append(other, events(1), 0n);
    expect(await append(other, written, 'no_stream')).toEqual(second);
    expect(await revisionsOf(client, other)).toEqual([0, 1]);
  });

  test('of events that are truncated is still known, without a position', async () => {
    const { stream, written } = await given();
    await client.setStreamMetadata(stream, { truncateBefore: 4 });
    for (const expected of ['any', 'no_stream'] as const) {
      const again = await append(stream, written.slice(0, 2), expected);
      expect(again).toMatchObject({ success: true, nextExpectedRevision: 1n });
      expect(again.position).toBeUndefined();
    }
    expect(await revisionsOf(client, stream)).toEqual([4]);
  });
});

describe.each(APPEND_METHODS)('$method: an event id', ({ options }) => {
  test('known in another stream is written to this one', async () => {
    const shared = event();
    const [one, other] = [newStream(), newStream()];
    await client.appendToStream(one, shared, options);
    await client.appendToStream(other, shared, options);
    expect(await revisionsOf(client, other)).toEqual([0]);
  });

  test('may be in one append twice, and is written twice', async () => {
    const stream = newStream();
    const twice = event();
    await client.appendToStream(stream, [twice, twice], options);
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual([twice.id, twice.id]);
  });

  test('in upper case is the same id', async () => {
    const stream = newStream();
    const written = event();
    await client.appendToStream(stream, { ...written, id: written.id.toUpperCase() }, options);
    await client.appendToStream(stream, written, options);
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual([written.id]);
  });
});
