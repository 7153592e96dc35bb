import { BACKWARDS, END, FORWARDS, type Position, START } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { all, connect, event, inAll, newStream, now, recorded } from '../support.js';

const client = await connect();
/** So many events back, what a test just wrote is found among what others write meanwhile. */
const NEAR = 5_000;

describe('$all, read', async () => {
  const since = await now(client);
  const [one, other] = [newStream(), newStream()];
  const positions: Position[] = [];
  for (const stream of [one, other, one, other]) {
    const { position } = await client.appendToStream(stream, event());
    if (position !== undefined) positions.push(position);
  }
  const mine = async (options: Parameters<typeof client.readAll>[0]) =>
    (await all(client.readAll(options)))
      .map(recorded)
      .filter(({ streamId }) => streamId === one || streamId === other)
      .map(({ position }) => position);

  test('is in the order of the appends', async () => {
    const found = await inAll(client, since, one, other);
    expect(found.map(({ streamId }) => streamId)).toEqual([one, other, one, other]);
    expect(found.map(({ position }) => position)).toEqual(positions);
  });

  test('forwards begins with the position asked for', async () => {
    for (const [index, fromPosition] of positions.entries()) {
      expect(await mine({ direction: FORWARDS, fromPosition })).toEqual(positions.slice(index));
    }
  });

  test('backwards begins before the position asked for', async () => {
    for (const [index, fromPosition] of positions.entries()) {
      const found = await mine({ direction: BACKWARDS, fromPosition, maxCount: NEAR });
      expect(found).toEqual(positions.slice(0, index).reverse());
    }
  });

  test('backwards from the end begins with the newest', async () => {
    const { position } = await client.appendToStream(one, event());
    const newest = await mine({ direction: BACKWARDS, fromPosition: END, maxCount: NEAR });
    expect(newest).toContainEqual(position);
    const commits = newest.map((at) => at?.commit ?? 0n);
    expect(commits).toEqual([...commits].sort((a, b) => Number(b - a)));
  });

  test('forwards from the end is empty', async () => {
    expect(await all(client.readAll({ direction: FORWARDS, fromPosition: END }))).toEqual([]);
  });

  test('backwards from the start is empty', async () => {
    expect(await all(client.readAll({ direction: BACKWARDS, fromPosition: START }))).toEqual([]);
  });

  test('forwards from far past the end is empty', async () => {
    const far = (positions[0]?.commit ?? 0n) + 2n ** 40n;
    expect(await all(client.readAll({ fromPosition: { commit: far, prepare: far } }))).toEqual([]);
  });

  test('gives as many events as asked for, either way', async () => {
    expect(await all(client.readAll({ maxCount: 3 }))).toHaveLength(3);
    expect(await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 3 }))).toHaveLength(3);
  });

  test('goes on where a former read ended, without a gap', async () => {
    const page = async (fromPosition: Position, maxCount: number) =>
      (await all(client.readAll({ fromPosition, maxCount }))).map(recorded);
    const whole = await page(since, 5);
    const first = await page(since, 3);
    // A page begins with the event that the former one ended with.
    const [again, ...rest] = await page(first.at(-1)?.position ?? since, 3);
    expect([again, ...rest].map((each) => each?.id)).toEqual(whole.slice(2).map(({ id }) => id));
    expect([...first, ...rest].map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  });

  test('shows an append that was answered', async () => {
    for (let round = 0; round < 10; round++) {
      const stream = newStream();
      const { position } = await client.appendToStream(stream, event());
      const found = await inAll(client, position ?? since, stream);
      expect(found.map((each) => each.position)).toEqual([position]);
    }
  });
});

test('events have the same position in their stream and in $all', async () => {
  const since = await now(client);
  const stream = newStream();
  await client.appendToStream(stream, [event(), event()]);
  const inStream = (await all(client.readStream(stream))).map(recorded);
  expect(inStream.map(({ position }) => position)).toEqual(
    (await inAll(client, since, stream)).map(({ position }) => position),
  );
});
