import { BACKWARDS, binaryEvent, END } from '@eventstore/db-client';
import { describe, expect, test, vi } from 'vitest';
import { all, connect, event, events, failure, jsonText, newStream, revisionsOf } from './support.js';

const client = await connect();

async function streamOf(count: number): Promise<string> {
  const stream = newStream();
  await client.appendToStream(stream, events(count));
  return stream;
}

function revisions(stream: string, backwards = false): Promise<number[]> {
  return revisionsOf(client, stream, backwards ? { direction: BACKWARDS, fromRevision: END } : {});
}

describe('metadata bounds what reads show', () => {
  test('maxCount keeps the newest, as the stream grows', async () => {
    const stream = await streamOf(5);
    await client.setStreamMetadata(stream, { maxCount: 2 });
    expect(await revisions(stream)).toEqual([3, 4]);
    expect(await revisions(stream, true)).toEqual([4, 3]);
    await client.appendToStream(stream, event());
    expect(await revisions(stream)).toEqual([4, 5]);
  });

  test('truncateBefore hides what is older; a stream hidden as a whole is empty, not missing', async () => {
    const stream = await streamOf(5);
    await client.setStreamMetadata(stream, { truncateBefore: 3 });
    expect(await revisions(stream)).toEqual([3, 4]);
    expect(await revisionsOf(client, stream, { fromRevision: 1n })).toEqual([3, 4]);
    await client.setStreamMetadata(stream, { truncateBefore: 9 });
    expect(await revisions(stream)).toEqual([]);
    expect(await revisions(stream, true)).toEqual([]);
  });

  test('maxAge leaves young events alone', async () => {
    const stream = await streamOf(2);
    await client.setStreamMetadata(stream, { maxAge: 3_600 });
    expect(await revisions(stream)).toEqual([0, 1]);
  });

  test('maxAge hides events as they come of age', async () => {
    const stream = await streamOf(2);
    await client.setStreamMetadata(stream, { maxAge: 1 });
    await vi.waitFor(async () => expect(await revisions(stream)).toEqual([]), { timeout: 10_000, interval: 200 });
  });

  test('$all shows everything all the same', async () => {
    const stream = await streamOf(3);
    await client.setStreamMetadata(stream, { maxCount: 1 });
    const shown = (await all(client.readAll())).filter(({ event }) => event?.streamId === stream);
    expect(shown).toHaveLength(3);
  });

  test('what is truncated is still known to a retry, which has no position then', async () => {
    const stream = newStream();
    const [old, young] = [event(), event()];
    await client.appendToStream(stream, [old, young]);
    await client.setStreamMetadata(stream, { truncateBefore: 1 });
    const retry = await client.appendToStream(stream, old, { expectedRevision: 'no_stream' });
    expect(retry).toMatchObject({ nextExpectedRevision: 0n });
    expect(retry.position).toBeUndefined();
  });
});

describe('metadata that is not as it should be bounds nothing', () => {
  const malformed: ReadonlyArray<readonly [string, string]> = [
    ['no JSON', '{"$maxCount":1'],
    ['no object', '[1]'],
    ['a number in quotes', '{"$maxCount":"1"}'],
    ['a fraction', '{"$maxCount":1.5}'],
    ['an exponent', '{"$maxCount":1e0}'],
    ['null', '{"$maxCount":1,"$maxAge":null}'],
    ['an access list of another shape', '{"$maxCount":1,"$acl":{"$x":"all"}}'],
  ];

  test.each(malformed)('%s', async (_, data) => {
    const stream = await streamOf(3);
    await client.appendToStream(`$$${stream}`, jsonText('$metadata', data));
    expect(await revisions(stream)).toEqual([0, 1, 2]);
  });

  test('bytes instead of JSON', async () => {
    const stream = await streamOf(3);
    await client.appendToStream(
      `$$${stream}`,
      binaryEvent({ type: '$metadata', data: Buffer.from('{"$maxCount":1}') }),
    );
    expect(await revisions(stream)).toEqual([0, 1, 2]);
  });

  test('a limit of zero or less is left out, the others hold; of equal keys the last counts', async () => {
    const stream = await streamOf(3);
    const data = '{"$maxCount":0,"$tb":1,"$tb":2,"mine":{"$tb":0}}';
    await client.appendToStream(`$$${stream}`, jsonText('$metadata', data));
    expect(await revisions(stream)).toEqual([2]);
  });
});

describe('the metadata stream', () => {
  test('shows its last event only, $all shows them all', async () => {
    const stream = await streamOf(1);
    for (const maxCount of [3, 2, 1]) await client.setStreamMetadata(stream, { maxCount });
    expect(await revisionsOf(client, `$$${stream}`)).toEqual([2]);
    const shown = (await all(client.readAll())).filter(({ event }) => event?.streamId === `$$${stream}`);
    expect(shown).toHaveLength(3);
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 1 });
  });

  test('has a revision of its own to expect', async () => {
    const stream = await streamOf(5);
    await client.setStreamMetadata(stream, { maxCount: 5 }, { expectedRevision: 'no_stream' });
    const error = await failure(client.setStreamMetadata(stream, { maxCount: 4 }, { expectedRevision: 4n }));
    expect(error).toMatchObject({ type: 'wrong-expected-version', actualVersion: 0n });
    await client.setStreamMetadata(stream, { maxCount: 3 }, { expectedRevision: 0n });
    expect(await revisions(stream)).toEqual([2, 3, 4]);
  });

  test('keeps keys of the user', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { owner: 'stock', acl: { readRoles: ['auditor'] } });
    expect((await client.getStreamMetadata(stream)).metadata).toMatchObject({ owner: 'stock' });
  });
});
