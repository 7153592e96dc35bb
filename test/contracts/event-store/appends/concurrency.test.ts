import { WrongExpectedVersionError } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, events, newStream, readAllOf, revisionsOf } from '../support.js';

const client = await connect();
const WRITERS = 20;

describe.each(APPEND_METHODS)('$method: appends at once', ({ options }) => {
  test.each(['no_stream', 0n] as const)('that expect one revision (%s): exactly one wins', async (expectedRevision) => {
    const stream = newStream();
    if (expectedRevision !== 'no_stream') await client.appendToStream(stream, event(), options);
    const outcomes = await Promise.allSettled(
      Array.from({ length: WRITERS }, () => client.appendToStream(stream, event(), { ...options, expectedRevision })),
    );
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(lost).toHaveLength(WRITERS - 1);
    for (const error of lost) expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(await revisionsOf(client, stream)).toEqual(expectedRevision === 'no_stream' ? [0] : [0, 1]);
  });

  test('to any revision are all written, whole and once', async () => {
    const stream = newStream();
    const appends = Array.from({ length: WRITERS }, () => events(3));
    await Promise.all(appends.map((written) => client.appendToStream(stream, written, options)));
    const ids = (await readAllOf(client, stream)).map(({ id }) => id);
    expect(ids).toHaveLength(3 * WRITERS);
    for (const [first, ...rest] of appends) {
      const at = ids.indexOf(first?.id ?? '');
      expect(ids.slice(at + 1, at + 3)).toEqual(rest.map(({ id }) => id));
    }
  });

  test('of one content leave one copy, and every success names it', async () => {
    const stream = newStream();
    const retried = events(3);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        client.appendToStream(stream, retried, { ...options, expectedRevision: 'no_stream' }),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') expect(outcome.value.nextExpectedRevision).toBe(2n);
      // A server may give up a retry that meets the original in flight, but never calls it a conflict.
      else expect(outcome.reason).not.toBeInstanceOf(WrongExpectedVersionError);
    }
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test('refused leave those sent with them unharmed', async () => {
    const streams = Array.from({ length: WRITERS }, () => newStream());
    const outcomes = await Promise.allSettled(
      streams.map((stream, index) =>
        client.appendToStream(stream, event(), { ...options, expectedRevision: index % 2 === 0 ? 'any' : 7n }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      streams.map((_, index) => (index % 2 === 0 ? 'fulfilled' : 'rejected')),
    );
  });
});

test('appends of one client to one stream keep the order they were sent in', async () => {
  const stream = newStream();
  const sent = events(200);
  await Promise.all(sent.map((one) => client.appendToStream(stream, one)));
  expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
});

test('appends that know each revision before it is written form a chain', async () => {
  const stream = newStream();
  const chain = events(50);
  await Promise.all(
    chain.map((one, index) =>
      client.appendToStream(stream, one, { expectedRevision: index === 0 ? 'no_stream' : BigInt(index - 1) }),
    ),
  );
  expect((await readAllOf(client, stream)).map(({ id }) => id)).toEqual(chain.map(({ id }) => id));
});
