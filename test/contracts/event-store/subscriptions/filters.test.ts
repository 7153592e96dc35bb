import {
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  type Position,
  streamNameFilter,
} from '@eventstore/db-client';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { describe, expect, test } from 'vitest';
import { connect, event, newStream, now } from '../support.js';
import { openWire, readOptions, startRead } from '../wire.js';
import { hearAll } from './listening.js';

const client = await connect();
const wire = await openWire(client);

/** Streams of one event each, whose names begin with these, and one that ends them; names and types begin alike. */
async function written(...categories: readonly string[]) {
  const since = await now(client);
  const streams = categories.map((category) => newStream(category));
  const end = newStream('end');
  for (const stream of [...streams, end]) await client.appendToStream(stream, event(`${stream}-Type`));
  const hear = (filter: Filter, fromPosition: Position = since) => hearAll(client, { fromPosition, filter }, end);
  const of = (...indexes: number[]) => [...indexes.map((index) => `${streams[index]} 0`), `${end} 0`];
  return { since, streams, end, hear, of };
}

/** Without a mark that others know, a pattern may find theirs too. */
const mark = newStream('m').replaceAll('-', '');

describe.each([
  ['names of streams', streamNameFilter],
  ['types of events', eventTypeFilter],
] as const)('a filter on %s', (_, filterOn) => {
  test('takes what begins with its prefix', async () => {
    const { end, hear, of } = await written(`${mark}a`, `${mark}b`);
    expect(await hear(filterOn({ prefixes: [`${mark}a-`, end] }))).toEqual(of(0));
  });

  test('takes what begins with one of several prefixes', async () => {
    const { end, hear, of } = await written(`${mark}a`, `${mark}b`, `${mark}c`);
    expect(await hear(filterOn({ prefixes: [`${mark}a-`, `${mark}c-`, end] }))).toEqual(of(0, 2));
  });

  test('goes by case', async () => {
    const { end, hear, of } = await written(`${mark}a`, `${mark}A`);
    expect(await hear(filterOn({ prefixes: [`${mark}A-`, end] }))).toEqual(of(1));
  });

  test('takes a prefix as it is, not as a pattern', async () => {
    const { end, hear, of } = await written(`${mark}.x`, `${mark}1x`);
    expect(await hear(filterOn({ prefixes: [`${mark}.x`, end] }))).toEqual(of(0));
  });

  test('takes what a regular expression finds anywhere', async () => {
    const { end, hear, of } = await written(`a${mark}`, `b${mark}1`, `c`);
    expect(await hear(filterOn({ regex: `${mark}|^${end}` }))).toEqual(of(0, 1));
  });

  test('takes a regular expression tied to the start', async () => {
    const { end, hear, of } = await written(`${mark}a`, `x${mark}a`);
    expect(await hear(filterOn({ regex: `^(${mark}[a-c]|${end})` }))).toEqual(of(0));
  });

  test('takes a regular expression that does not go by case', async () => {
    const { end, hear, of } = await written(`${mark}a`, `${mark.toUpperCase()}A`);
    expect(await hear(filterOn({ regex: `(?i)^(${mark}a|${end})` }))).toEqual(of(0, 1));
  });

  test('with the empty prefix takes everything', async () => {
    const { hear, of, streams, end } = await written(`${mark}a`, `${mark}b`);
    const heard = await hear(filterOn({ prefixes: [''] }));
    expect(heard.filter((word) => [...streams, end].some((stream) => word.startsWith(stream)))).toEqual(of(0, 1));
  });
});

test('a filter that excludes system events leaves out what the server writes for itself', async () => {
  const since = await now(client);
  const [stream, end] = [newStream(), newStream()];
  await client.appendToStream(stream, event());
  await client.setStreamMetadata(stream, { maxCount: 5 });
  await client.appendToStream(end, event());
  const heard = await hearAll(client, { fromPosition: since, filter: excludeSystemEvents() }, end);
  expect(heard.filter((word) => word.includes(stream))).toEqual([`${stream} 0`]);
});

test('metadata are found by the name of their stream', async () => {
  const since = await now(client);
  const [stream, end] = [newStream(), newStream()];
  await client.setStreamMetadata(stream, { maxCount: 5 });
  await client.appendToStream(end, event());
  const filter = streamNameFilter({ prefixes: [`$$${stream}`, end] });
  expect(await hearAll(client, { fromPosition: since, filter }, end)).toEqual([`$$${stream} 0`, `${end} 0`]);
});

describe('a filter sent by another client', () => {
  const { FilterOptions, AllOptions, SubscriptionOptions, Position: At } = streamsPb.ReadReq.Options;

  /** The names of the streams a subscription with this expression brings, up to that last one. */
  async function heard(expression: streamsPb.ReadReq.Options.FilterOptions.Expression, since: Position, end: string) {
    const from = new At().setCommitPosition(String(since.commit)).setPreparePosition(String(since.prepare));
    const filter = new FilterOptions()
      .setStreamIdentifier(expression)
      .setCount(new sharedPb.Empty())
      .setCheckpointintervalmultiplier(1);
    const options = readOptions('')
      .setAll(new AllOptions().setPosition(from))
      .setSubscription(new SubscriptionOptions())
      .setFilter(filter);
    const names: string[] = [];
    const call = startRead(wire, options);
    await new Promise<void>((resolve) => {
      call.on('error', () => resolve());
      call.on('data', (message: streamsPb.ReadResp) => {
        const name = message.getEvent()?.getEvent()?.getStreamIdentifier()?.getStreamName_asU8();
        if (name !== undefined) names.push(Buffer.from(name).toString());
        if (names.at(-1) === end || message.hasCaughtUp()) call.cancel();
      });
    });
    return names;
  }

  test('of an expression and prefixes goes by the expression', async () => {
    const { since, streams, end } = await written(`${mark}a`, `${mark}b`);
    const both = new FilterOptions.Expression().setRegex(`^${mark}b|${end}`).setPrefixList([`${mark}a`]);
    expect(await heard(both, since, end)).toEqual([streams[1], end]);
  });

  test('of neither takes nothing', async () => {
    const { since, end } = await written(`${mark}a`);
    expect(await heard(new FilterOptions.Expression(), since, end)).toEqual([]);
  });
});
