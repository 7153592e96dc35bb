import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { connect, event, newStream } from '../support.js';
import { anyRevision, chunk, exchange, identifier, openWire, proposed, read, readOptions, uuid } from '../wire.js';

const client = await connect();
const wire = await openWire(client);
type Options = streamsPb.ReadReq.Options;
const { FilterOptions, AllOptions, SubscriptionOptions, UUIDOption } = streamsPb.ReadReq.Options;

test('a read gives ids in the form asked for', async () => {
  const stream = newStream();
  const id = 'c3a1b2d4-ffff-8000-9000-0123456789ab';
  const parts = { options: anyRevision(stream), events: [proposed().setId(uuid(id))], final: true };
  await exchange(wire, [chunk(uuid(), parts)]);
  const [text] = await read(wire, readOptions(stream));
  expect(text?.getEvent()?.getEvent()?.getId()?.getString()).toBe(id);
  const asNumbers = new UUIDOption().setStructured(new sharedPb.Empty());
  const [numbers] = await read(wire, readOptions(stream).setUuidOption(asNumbers));
  const structured = numbers?.getEvent()?.getEvent()?.getId()?.getStructured();
  expect(structured?.getMostSignificantBits()).toBe(String(BigInt.asIntN(64, 0xc3a1b2d4ffff8000n)));
  expect(structured?.getLeastSignificantBits()).toBe(String(BigInt.asIntN(64, 0x90000123456789abn)));
});

test('an id sent as numbers is the same id', async () => {
  const stream = newStream();
  const numbers = new sharedPb.UUID.Structured()
    .setMostSignificantBits(String(BigInt.asIntN(64, 0xc3a1b2d4ffff8000n)))
    .setLeastSignificantBits('1');
  const sent = proposed().setId(new sharedPb.UUID().setStructured(numbers));
  await exchange(wire, [chunk(uuid(), { options: anyRevision(stream), events: [sent], final: true })]);
  const [found] = await read(wire, readOptions(stream));
  expect(found?.getEvent()?.getEvent()?.getId()?.getString()).toBe('c3a1b2d4-ffff-8000-0000-000000000001');
});

test('an event has three properties: type, content type and time of creation', async () => {
  const stream = newStream();
  await client.appendToStream(stream, event());
  const [found] = await read(wire, readOptions(stream));
  const properties = found?.getEvent()?.getEvent()?.getMetadataMap().toArray() ?? [];
  expect(properties.map(([key]) => key).sort()).toEqual(['content-type', 'created', 'type']);
});

const filter = (window = true) => {
  const options = new FilterOptions().setCheckpointintervalmultiplier(1);
  return window ? options.setCount(new sharedPb.Empty()) : options;
};
const prefix = new FilterOptions.Expression().setPrefixList(['stock-']);
const all = (options: Options) => options.setAll(new AllOptions().setStart(new sharedPb.Empty()));
const subscribed = (options: Options) => options.setSubscription(new SubscriptionOptions());

test.each<readonly [string, (options: Options) => unknown]>([
  ['neither a filter nor none', (options) => options.clearNoFilter()],
  ['neither a count nor a subscription', (options) => options.clearCount()],
  ['neither a stream nor $all', (options) => options.clearStream()],
  ['a subscription backwards', (options) => subscribed(options).setReadDirection(1)],
  ['a filter on a stream', (options) => options.setFilter(filter().setStreamIdentifier(prefix))],
  ['a filter that says nothing', (options) => subscribed(all(options)).setFilter(filter())],
  [
    'a filter without a window',
    (options) => subscribed(all(options)).setFilter(filter(false).setStreamIdentifier(prefix)),
  ],
])('a read that asks for %s is an invalid argument', async (_, change) => {
  const stream = newStream();
  await client.appendToStream(stream, event());
  const options = readOptions(stream);
  change(options);
  await expect(read(wire, options)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});

test.each<readonly [string, (options: Options, stream: string) => unknown]>([
  [
    'a stream from nowhere',
    (options, stream) =>
      options.setStream(new streamsPb.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier(stream))),
  ],
  ['$all from nowhere', (options) => options.setAll(new AllOptions())],
  [
    'a regular expression that is none',
    (options) => {
      const broken = new FilterOptions.Expression().setRegex('(');
      subscribed(all(options)).setFilter(filter().setStreamIdentifier(broken));
    },
  ],
])('a read that asks for %s is refused', async (_, change) => {
  const stream = newStream();
  await client.appendToStream(stream, event());
  const options = readOptions(stream);
  change(options, stream);
  await expect(read(wire, options)).rejects.toMatchObject({ code: status.UNKNOWN });
});

test('an unknown method is not implemented', async () => {
  const asIs = (bytes: Buffer) => bytes;
  const [metadata] = wire.call();
  const code = await new Promise((resolve) =>
    wire.streams.makeUnaryRequest(
      '/event_store.client.streams.Streams/Shred',
      asIs,
      asIs,
      Buffer.alloc(0),
      metadata,
      (error) => resolve(error?.code),
    ),
  );
  expect(code).toBe(status.UNIMPLEMENTED);
});
