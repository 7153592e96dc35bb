import { NO_STREAM } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, event, events, failure, newStream, readAllOf, revisionsOf } from '../event-store/support.js';
import { type Answer, anyRevision, chunk, kindOf, openWire, proposed, uuid } from '../event-store/wire.js';
import { connectToNode } from './node.js';

const client = await connectToNode();
const wire = await openWire(client);

describe.each(APPEND_METHODS)('$method: a retry', ({ options }) => {
  test('is known in whatever order its ids were written', async () => {
    const stream = newStream();
    const written = events(5);
    await client.appendToStream(stream, written, options);
    const backwards = [...written].reverse();
    expect(await client.appendToStream(stream, backwards, options)).toMatchObject({ nextExpectedRevision: 0n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3, 4]);
  });

  test('is known in every stream that an id was written to', async () => {
    const [one, other] = [newStream(), newStream()];
    const shared = event();
    await client.appendToStream(one, shared, options);
    const second = await client.appendToStream(other, shared, options);
    expect(await client.appendToStream(other, shared, options)).toEqual(second);
    expect(await revisionsOf(client, other)).toEqual([0]);
  });

  test('is known by its ids alone in a stream whose appends have named revisions so far', async () => {
    const stream = newStream();
    const written = events(250);
    await client.appendToStream(stream, written.slice(0, 200), { ...options, expectedRevision: NO_STREAM });
    await client.appendToStream(stream, written.slice(200, 240), { ...options, expectedRevision: 199n });
    const early = written.slice(17, 20);
    expect(await client.appendToStream(stream, early, options)).toMatchObject({ nextExpectedRevision: 19n });
    await client.appendToStream(stream, written.slice(240), { ...options, expectedRevision: 239n });
    const late = written.slice(248);
    expect(await client.appendToStream(stream, late, options)).toMatchObject({ nextExpectedRevision: 249n });
    expect(await revisionsOf(client, stream)).toHaveLength(250);
  });

  test('that meets the original in flight is answered as the original', async () => {
    const stream = newStream();
    const retried = events(3);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.appendToStream(stream, retried, options)),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });
});

test('the stream $$, metadata of nothing, is refused, and the node goes on', async () => {
  const id = uuid();
  const call = wire.streams.batchAppend(...wire.call());
  const answer = new Promise<Answer>((resolve) => call.once('data', resolve));
  call.write(chunk(id, { options: anyRevision('$$'), events: [proposed()], final: true }));
  expect(kindOf(await answer)).toBe('BadRequest');
  call.end();
  await failure(client.appendToStream('$$', event(), APPEND_METHODS[1].options));
  await client.appendToStream(newStream(), event());
});

test('a call that is half-closed still gets every answer it is owed, and one each', async () => {
  const call = wire.streams.batchAppend(...wire.call());
  const streams = Array.from({ length: 20 }, () => newStream());
  for (const [index, stream] of streams.entries()) {
    const properties = index === 7 ? { type: '' } : {};
    call.write(chunk(uuid(), { options: anyRevision(stream), events: [proposed(properties)], final: true }));
  }
  call.end();
  const kinds: Array<string | undefined> = [];
  for await (const answer of call) kinds.push(kindOf(answer as Answer));
  expect(kinds.filter((kind) => kind === 'success')).toHaveLength(19);
  expect(kinds.filter((kind) => kind === 'BadRequest')).toHaveLength(1);
});

test('a tombstone ends the metadata of a stream too', async () => {
  const stream = newStream();
  await client.setStreamMetadata(stream, { maxCount: 1 });
  await client.tombstoneStream(stream);
  expect(await failure(client.setStreamMetadata(stream, { maxCount: 2 }))).toMatchObject({ type: 'stream-deleted' });
});

describe('a name with letters beyond ASCII comes back in errors, percent-encoded:', () => {
  const tombstoned = async () => {
    const stream = newStream('caffè');
    await client.appendToStream(stream, event());
    await client.tombstoneStream(stream);
    return stream;
  };

  test('of a delete', async () => {
    const stream = await tombstoned();
    expect(await failure(client.deleteStream(stream))).toMatchObject({
      type: 'stream-deleted',
      streamName: encodeURIComponent(stream),
    });
  });

  test('of a read', async () => {
    const stream = await tombstoned();
    expect(await failure(readAllOf(client, stream))).toMatchObject({ type: 'stream-deleted' });
  });

  test('of a wrong revision', async () => {
    const stream = newStream('漢字');
    await client.appendToStream(stream, event());
    const error = await failure(client.deleteStream(stream, { expectedRevision: 5n }));
    expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: encodeURIComponent(stream) });
  });
});

test.each([' before', 'after '])('a name with a blank at its end (%j) comes back too', async (blank) => {
  const stream = blank.replace(/\w+/, newStream());
  const error = await failure(client.deleteStream(stream, { expectedRevision: 5n }));
  expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: encodeURIComponent(stream) });
});

test('an event id may come in parentheses', async () => {
  const stream = newStream();
  const id = uuid().getString();
  await client.appendToStream(stream, { ...event(), id: `(${id})` });
  expect((await readAllOf(client, stream)).map((recorded) => recorded.id)).toEqual([id]);
});
