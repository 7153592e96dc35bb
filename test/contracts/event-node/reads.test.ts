import { BACKWARDS, END, FORWARDS, type Position, START } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { all, event, events, newStream, now, readAllOf, recorded, revisionsOf } from '../event-store/support.js';
import { openWire, read, readOptions } from '../event-store/wire.js';
import { connectToNode } from './node.js';

const client = await connectToNode();
const wire = await openWire(client);
const at = (commit: bigint): Position => ({ commit, prepare: commit });

test('positions count from 1', async () => {
  const [first] = await all(client.readAll({ maxCount: 1 }));
  if (first !== undefined) expect(first.event?.position).toEqual(at(1n));
  else expect((await now(client)).commit).toBe(1n);
});

describe('a read', () => {
  test('of no events is empty', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    expect(await readAllOf(client, stream, { maxCount: 0 })).toEqual([]);
    expect(await all(client.readAll({ maxCount: 0 }))).toEqual([]);
  });

  test('of a stream forwards from its end is empty', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    expect(await readAllOf(client, stream, { direction: FORWARDS, fromRevision: END })).toEqual([]);
  });

  test('of $all backwards from past its end begins with the last event', async () => {
    const { position } = await client.appendToStream(newStream(), event());
    const far = at((position?.commit ?? 0n) + 1_000n);
    const [last] = await all(client.readAll({ direction: BACKWARDS, fromPosition: far, maxCount: 1 }));
    expect(last?.event?.position).toEqual(position);
  });

  test('of $all from a position that is no event begins with the next one', async () => {
    const stream = newStream();
    const { position: gap } = await client.appendToStream(stream, []);
    const { position } = await client.appendToStream(stream, event());
    const found = (await all(client.readAll({ fromPosition: gap ?? START }))).map(recorded);
    expect(found.map((each) => each.position)).toEqual([position]);
  });

  test('that does not say how it wants ids gets them as numbers', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    const [found] = await read(wire, readOptions(stream).setUuidOption(undefined));
    expect(found?.getEvent()?.getEvent()?.getId()?.hasStructured()).toBe(true);
  });

  test('shows what was there when it began', async () => {
    const stream = newStream();
    for (let count = 0; count < 5; count++) await client.appendToStream(stream, events(200));
    const revisions: bigint[] = [];
    for await (const { event: shown } of client.readStream(stream)) {
      if (revisions.length === 0) await client.appendToStream(stream, events(10));
      revisions.push(shown?.revision ?? -1n);
    }
    expect(revisions).toHaveLength(1_000);
    expect(await revisionsOf(client, stream)).toHaveLength(1_010);
  });
});
