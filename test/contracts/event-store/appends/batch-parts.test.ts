import { randomUUID } from 'node:crypto';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { describe, expect, test } from 'vitest';
import { connect, event, events, expectMissing, failure, newStream, readAllOf, revisionsOf } from '../support.js';
import { answers, anyRevision, chunk, exchange, identifier, kindOf, openWire, proposed, uuid } from '../wire.js';

const client = await connect();
const wire = await openWire(client);

describe('an append sent in parts', () => {
  test('is one append', async () => {
    const stream = newStream();
    const parts = events(50);
    const { nextExpectedRevision } = await client.appendToStream(stream, parts, { batchAppendSize: 256 });
    expect(nextExpectedRevision).toBe(49n);
    expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(parts.map(({ id }) => id));
  });

  test('that is refused leaves nothing of any part', async () => {
    const stream = newStream();
    const parts = events(50);
    await failure(client.appendToStream(stream, parts, { batchAppendSize: 256, expectedRevision: 7n }));
    await expectMissing(client, stream);
  });

  test('does not mix with others sent in parts at once', async () => {
    const streams = Array.from({ length: 5 }, () => newStream());
    await Promise.all(
      streams.map((stream, index) =>
        client.appendToStream(
          stream,
          Array.from({ length: 20 }, () => event(`Of${index}`)),
          { batchAppendSize: 256 },
        ),
      ),
    );
    for (const [index, stream] of streams.entries()) {
      const types = (await readAllOf(client, stream)).map(({ type }) => type);
      expect(types).toEqual(Array.from({ length: 20 }, () => `Of${index}`));
    }
  });

  test('may have its parts between those of another', async () => {
    const [a, b] = [
      { stream: newStream(), id: uuid() },
      { stream: newStream(), id: uuid() },
    ];
    const found = await exchange(
      wire,
      [
        chunk(a.id, { options: anyRevision(a.stream), events: [proposed({ type: 'A' })], final: false }),
        chunk(b.id, { options: anyRevision(b.stream), events: [proposed({ type: 'B' })], final: false }),
        chunk(a.id, { events: [proposed({ type: 'A' })], final: true }),
        chunk(b.id, { events: [proposed({ type: 'B' })], final: true }),
      ],
      2,
    );
    expect(found.map(kindOf)).toEqual(['success', 'success']);
    expect((await readAllOf(client, a.stream)).map(({ type }) => type)).toEqual(['A', 'A']);
    expect((await readAllOf(client, b.stream)).map(({ type }) => type)).toEqual(['B', 'B']);
  });

  test('may have no event in its first part, and none in its last', async () => {
    const [stream, id] = [newStream(), uuid()];
    const [answer] = await exchange(wire, [
      chunk(id, { options: anyRevision(stream), final: false }),
      chunk(id, { events: [proposed(), proposed()], final: false }),
      chunk(id, { final: true }),
    ]);
    expect(answer?.getSuccess()?.getCurrentRevision()).toBe('1');
    expect(await revisionsOf(client, stream)).toEqual([0, 1]);
  });

  test('keeps the options it began with', async () => {
    const [first, second, id] = [newStream(), newStream(), uuid()];
    await exchange(wire, [
      chunk(id, { options: anyRevision(first), events: [proposed()], final: false }),
      chunk(id, { options: anyRevision(second), events: [proposed()], final: true }),
    ]);
    expect(await revisionsOf(client, first)).toEqual([0, 1]);
    await expectMissing(client, second);
  });

  test('never finished is given up, and a late part of it dropped', async () => {
    const [stream, id] = [newStream(), uuid()];
    const call = wire.streams.batchAppend(...wire.call());
    call.write(chunk(id, { options: anyRevision(stream), events: [proposed()], final: false }));
    expect((await answers(call, 1)).map(kindOf)).toEqual(['Timeout']);
    call.write(chunk(id, { events: [proposed()], final: true }));
    call.write(chunk(uuid(), { options: anyRevision(newStream()), events: [proposed()], final: true }));
    expect((await answers(call, 1)).map(kindOf)).toEqual(['success']);
    call.end();
    await expectMissing(client, stream);
  });

  test('that nobody began is ignored', async () => {
    const next = uuid();
    const [answer] = await exchange(wire, [
      chunk(uuid(), { events: [proposed()], final: true }),
      chunk(next, { options: anyRevision(newStream()), events: [proposed()], final: true }),
    ]);
    expect(answer?.getCorrelationId()?.getString()).toBe(next.getString());
  });
});

describe('an answer', () => {
  const upper = uuid(randomUUID().toUpperCase());
  const structured = new sharedPb.UUID().setStructured(
    new sharedPb.UUID.Structured().setMostSignificantBits('-42').setLeastSignificantBits('9007199254740993'),
  );

  test.each([
    ['lower case', uuid()],
    ['upper case', upper],
    ['numbers', structured],
  ])('carries the correlation id as it was sent, in %s', async (_, correlation) => {
    const parts = { options: anyRevision(newStream()), events: [proposed()], final: true };
    const [answer] = await exchange(wire, [chunk(correlation, parts)]);
    expect(answer?.getCorrelationId()?.toObject()).toEqual(correlation.toObject());
  });

  test('names its stream, success or not', async () => {
    const stream = newStream();
    const stale = anyRevision(stream).setStreamPosition('7');
    const found = await exchange(
      wire,
      [
        chunk(uuid(), { options: anyRevision(stream), events: [proposed()], final: true }),
        chunk(uuid(), { options: stale, events: [proposed()], final: true }),
      ],
      2,
    );
    expect(found.map(kindOf).sort()).toEqual(['WrongExpectedVersion', 'success']);
    for (const answer of found) expect(answer.getStreamIdentifier()?.toObject()).toEqual(identifier(stream).toObject());
  });
});

describe('a deadline', () => {
  test('that has passed: nothing is written', async () => {
    const stream = newStream();
    const error = await failure(client.appendToStream(stream, event(), { deadline: -60_000 }));
    expect(error).toMatchObject({ type: 'deadline-exceeded' });
    await expectMissing(client, stream);
  });

  test('that has passed comes before all else that is wrong', async () => {
    const late = anyRevision(newStream());
    late.setDeadline(timestampPb.Timestamp.fromDate(new Date(Date.now() - 60_000)));
    const [answer] = await exchange(wire, [
      chunk(uuid(), { options: late, events: [proposed({}, 1_048_577)], final: true }),
    ]);
    expect(kindOf(answer)).toBe('Timeout');
  });

  test('need not be', async () => {
    const parts = { options: anyRevision(newStream()), events: [proposed()], final: true };
    expect((await exchange(wire, [chunk(uuid(), parts)])).map(kindOf)).toEqual(['success']);
  });
});

test('properties of an event other than type and content type are dropped', async () => {
  const stream = newStream();
  const parts = { options: anyRevision(stream), events: [proposed({ mine: 'yes' })], final: true };
  await exchange(wire, [chunk(uuid(), parts)]);
  expect(Object.keys((await readAllOf(client, stream))[0] ?? {})).not.toContain('mine');
});

test('a content type that is not JSON counts as bytes', async () => {
  const stream = newStream();
  const kinds = ['text/plain', '', 'application/json; charset=utf-8'];
  const written = kinds.map((kind) => proposed({ 'content-type': kind }));
  await exchange(wire, [chunk(uuid(), { options: anyRevision(stream), events: written, final: true })]);
  expect((await readAllOf(client, stream)).map(({ isJson }) => isJson)).toEqual(kinds.map(() => false));
});

test('a stream name that is no UTF-8 is read as its nearest text', async () => {
  const stream = newStream();
  const name = Buffer.concat([Buffer.from(stream), Buffer.from([0xff])]);
  await exchange(wire, [chunk(uuid(), { options: anyRevision(name), events: [proposed()], final: true })]);
  expect(await revisionsOf(client, `${stream}\ufffd`)).toEqual([0]);
});
