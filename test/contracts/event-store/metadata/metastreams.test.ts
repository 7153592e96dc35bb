import { BACKWARDS, END } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import {
  connect,
  event,
  events,
  expectMissing,
  failure,
  inAll,
  jsonText,
  newStream,
  now,
  revisionsOf,
} from '../support.js';

const client = await connect();

describe('the metadata of a stream', () => {
  test('come back as they were set', async () => {
    const stream = newStream();
    const metadata = {
      maxCount: 10,
      maxAge: 3_600,
      truncateBefore: 2,
      cacheControl: 60,
      acl: { readRoles: ['auditor', '$admins'], writeRoles: ['$all'] },
      owner: 'stock',
      nested: { list: [1, 'two'] },
    };
    await client.setStreamMetadata(stream, metadata);
    expect((await client.getStreamMetadata(stream)).metadata).toEqual(metadata);
  });

  test('of a stream nobody gave any are none', async () => {
    expect((await client.getStreamMetadata(newStream())).metadata).toBeUndefined();
  });

  test('replace the former as a whole', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 10, owner: 'stock' });
    await client.setStreamMetadata(stream, { maxAge: 60 });
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ maxAge: 60 });
  });

  test('may be set before there is an event', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await client.appendToStream(stream, events(3), { expectedRevision: 'no_stream' });
    expect(await revisionsOf(client, stream)).toEqual([2]);
  });

  test('are told apart by stream', async () => {
    const [one, other] = [newStream(), newStream()];
    await client.appendToStream(one, events(2));
    await client.appendToStream(other, events(2));
    await client.setStreamMetadata(one, { maxCount: 1 });
    expect(await revisionsOf(client, one)).toEqual([1]);
    expect(await revisionsOf(client, other)).toEqual([0, 1]);
  });

  test('hold for a stream of the system as for any', async () => {
    const stream = newStream('$mine');
    await client.appendToStream(stream, events(3));
    await client.setStreamMetadata(stream, { maxCount: 1 });
    expect(await revisionsOf(client, stream)).toEqual([2]);
    expect(await revisionsOf(client, `$$${stream}`)).toEqual([0]);
  });
});

describe('the stream of metadata', () => {
  async function withThree(): Promise<string> {
    const stream = newStream();
    for (const maxCount of [3, 2, 1]) await client.setStreamMetadata(stream, { maxCount });
    return `$$${stream}`;
  }

  test('shows its last event only, in either direction', async () => {
    const metastream = await withThree();
    expect(await revisionsOf(client, metastream)).toEqual([2]);
    expect(await revisionsOf(client, metastream, { direction: BACKWARDS, fromRevision: END })).toEqual([2]);
  });

  test('is shown as a whole by $all', async () => {
    const since = await now(client);
    const metastream = await withThree();
    const recorded = await inAll(client, since, metastream);
    expect(recorded.map(({ revision, type }) => [revision, type])).toEqual([
      [0n, '$metadata'],
      [1n, '$metadata'],
      [2n, '$metadata'],
    ]);
  });

  test('has a revision of its own to expect', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(5));
    await client.setStreamMetadata(stream, { maxCount: 5 }, { expectedRevision: 'no_stream' });
    const error = await failure(client.setStreamMetadata(stream, { maxCount: 4 }, { expectedRevision: 4n }));
    expect(error).toMatchObject({ type: 'wrong-expected-version', actualVersion: 0n });
    await client.setStreamMetadata(stream, { maxCount: 3 }, { expectedRevision: 0n });
    expect(await revisionsOf(client, stream)).toEqual([2, 3, 4]);
  });

  test('counts by its last event, whatever was good before', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await client.appendToStream(`$$${stream}`, jsonText('$metadata', 'broken'));
    expect(await revisionsOf(client, stream)).toEqual([0, 1, 2]);
  });

  test('makes no stream by itself', async () => {
    const stream = newStream();
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await expectMissing(client, stream);
    await client.appendToStream(stream, event(), { expectedRevision: 'no_stream' });
  });
});
