import { describe, expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, events, inAll, newStream, now, readAllOf, revisionsOf } from '../support.js';

const client = await connect();

describe.each(APPEND_METHODS)('$method', ({ options }) => {
  test('the first event of a stream has revision 0', async () => {
    const stream = newStream();
    const { nextExpectedRevision } = await client.appendToStream(stream, event(), options);
    expect(nextExpectedRevision).toBe(0n);
    expect(await revisionsOf(client, stream)).toEqual([0]);
  });

  test('events get revisions one after the other, within an append and from one to the next', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2), options);
    const { nextExpectedRevision } = await client.appendToStream(stream, events(3), options);
    expect(nextExpectedRevision).toBe(4n);
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2, 3, 4]);
  });

  test('an append is answered with the position of its last event', async () => {
    const stream = newStream();
    const { position } = await client.appendToStream(stream, events(3), options);
    const recorded = await readAllOf(client, stream);
    expect(recorded.at(-1)?.position).toEqual(position);
  });

  test('positions only grow, over all streams', async () => {
    const since = await now(client);
    const [one, other] = [newStream(), newStream()];
    for (const stream of [one, other, one]) await client.appendToStream(stream, events(2), options);
    const commits = (await inAll(client, since, one, other)).map(({ position }) => position?.commit ?? 0n);
    expect(commits).toHaveLength(6);
    expect(commits).toEqual([...new Set(commits)].sort((a, b) => Number(a - b)));
  });

  test('commit and prepare position are the same', async () => {
    const { position } = await client.appendToStream(newStream(), event(), options);
    expect(position?.prepare).toBe(position?.commit);
  });

  test('the events of one append lie together in $all', async () => {
    const since = await now(client);
    const streams = Array.from({ length: 10 }, () => newStream());
    await Promise.all(streams.map((stream) => client.appendToStream(stream, events(5), options)));
    const names = (await inAll(client, since, ...streams)).map(({ streamId }) => streamId);
    const changes = names.filter((name, index) => name !== names[index - 1]);
    expect(changes).toHaveLength(streams.length);
  });

  test('an event keeps its id, and has the time of its append', async () => {
    const stream = newStream();
    const before = Date.now();
    const written = event();
    await client.appendToStream(stream, written, options);
    const [recorded] = await readAllOf(client, stream);
    expect(recorded?.id).toBe(written.id);
    // The server's clock may be another.
    expect(recorded?.created.getTime()).toBeGreaterThan(before - 60_000);
    expect(recorded?.created.getTime()).toBeLessThan(Date.now() + 60_000);
  });

  test('the times of a stream never go back', async () => {
    const stream = newStream();
    for (let count = 0; count < 5; count++) await client.appendToStream(stream, events(3), options);
    const times = (await readAllOf(client, stream)).map(({ created }) => created.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
