import { randomUUID } from 'node:crypto';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { ChannelCredentials, type ClientDuplexStream, status } from '@grpc/grpc-js';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { afterAll, describe, expect, test } from 'vitest';
import { newStream, serverUrl } from './support.js';

/** What the client library cannot be made to send, sent by its own generated code. */
const { host } = new URL((await serverUrl()).replace('esdb:', 'http:'));
const stub = new streamsGrpc.StreamsClient(host, ChannelCredentials.createInsecure());
afterAll(() => stub.close());

type Chunk = streamsPb.BatchAppendReq;
type Answer = streamsPb.BatchAppendResp;
type Call = ClientDuplexStream<Chunk, Answer>;
const MIB = 1_048_576;

function uuid(text: string = randomUUID()): sharedPb.UUID {
  return new sharedPb.UUID().setString(text);
}

function options(stream: string): streamsPb.BatchAppendReq.Options {
  const identifier = new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));
  return new streamsPb.BatchAppendReq.Options().setStreamIdentifier(identifier);
}

function anyRevision(stream: string): streamsPb.BatchAppendReq.Options {
  const any = options(stream);
  any.setAny(new sharedPb.Empty());
  return any;
}

function proposed(properties: Record<string, string> = {}, bytes = 2): streamsPb.BatchAppendReq.ProposedMessage {
  const message = new streamsPb.BatchAppendReq.ProposedMessage().setId(uuid());
  const all = { type: 'Received', 'content-type': 'application/octet-stream', ...properties };
  for (const [key, value] of Object.entries(all)) message.getMetadataMap().set(key, value);
  return message.setData(new Uint8Array(bytes));
}

function chunk(
  correlation: sharedPb.UUID,
  parts: {
    options?: streamsPb.BatchAppendReq.Options;
    events?: streamsPb.BatchAppendReq.ProposedMessage[];
    final: boolean;
  },
): Chunk {
  return new streamsPb.BatchAppendReq()
    .setCorrelationId(correlation)
    .setOptions(parts.options)
    .setProposedMessagesList(parts.events ?? [])
    .setIsFinal(parts.final);
}

/** Sends chunks on one call and half-closes; gives every answer until the server ends the call. */
async function exchange(...chunks: Chunk[]): Promise<Answer[]> {
  const call: Call = stub.batchAppend();
  const answers: Answer[] = [];
  for (const one of chunks) call.write(one);
  call.end();
  for await (const answer of call) answers.push(answer);
  return answers;
}

function detailsOf(answer: Answer | undefined): string | undefined {
  return answer?.getError()?.getDetails()?.getTypeUrl().split('.').at(-1);
}

async function revisionsOf(stream: string): Promise<number> {
  const answers = await exchange(chunk(uuid(), { options: anyRevision(stream), final: true }));
  return answers[0]?.getSuccess()?.hasNoStream() ? 0 : Number(answers[0]?.getSuccess()?.getCurrentRevision()) + 1;
}

test('the correlation id comes back as it was sent, in whatever form', async () => {
  const upper = uuid(randomUUID().toUpperCase());
  const structured = new sharedPb.UUID().setStructured(
    new sharedPb.UUID.Structured().setMostSignificantBits('-42').setLeastSignificantBits('9007199254740993'),
  );
  for (const correlation of [upper, structured]) {
    const [answer] = await exchange(
      chunk(correlation, { options: anyRevision(newStream()), events: [proposed()], final: true }),
    );
    expect(answer?.getCorrelationId()?.toObject()).toEqual(correlation.toObject());
  }
});

test('the first part may be without events, and a half-closed call still gets its answers', async () => {
  const [stream, id] = [newStream(), uuid()];
  const answers = await exchange(
    chunk(id, { options: anyRevision(stream), final: false }),
    chunk(id, { events: [proposed()], final: false }),
    chunk(id, { events: [proposed()], final: true }),
  );
  expect(answers).toHaveLength(1);
  expect(answers[0]?.getSuccess()?.getCurrentRevision()).toBe('1');
});

test('an append whose deadline has passed is not written, whatever else is wrong with it', async () => {
  const stream = newStream();
  const late = anyRevision(stream);
  late.setDeadline(timestampPb.Timestamp.fromDate(new Date(Date.now() - 1_000)));
  const answers = await exchange(chunk(uuid(), { options: late, events: [proposed({}, MIB + 1)], final: true }));
  expect(answers.map(detailsOf)).toEqual(['Timeout']);
  expect(await revisionsOf(stream)).toBe(0);
});

test('an append never finished is given up, and a late part of it dropped', async () => {
  const [stream, id] = [newStream(), uuid()];
  const call: Call = stub.batchAppend();
  const next = () => new Promise<Answer>((resolve) => call.once('data', resolve));
  call.write(chunk(id, { options: anyRevision(stream), events: [proposed()], final: false }));
  expect(detailsOf(await next())).toBe('Timeout');
  call.write(chunk(id, { events: [proposed()], final: true }));
  call.write(chunk(uuid(), { options: anyRevision(newStream()), events: [proposed()], final: true }));
  expect((await next()).hasSuccess()).toBe(true);
  call.end();
  expect(await revisionsOf(stream)).toBe(0);
});

describe('an append that is not valid is refused alone, in words', () => {
  const invalid: ReadonlyArray<readonly [string, () => Parameters<typeof chunk>[1]]> = [
    ['no expected revision', () => ({ options: options(newStream()), events: [proposed()], final: true })],
    ['an empty stream name', () => ({ options: anyRevision(''), events: [proposed()], final: true })],
    ['an empty type', () => ({ options: anyRevision(newStream()), events: [proposed({ type: '' })], final: true })],
    [
      'an id of zeros',
      () => ({
        options: anyRevision(newStream()),
        events: [proposed().setId(uuid('00000000-0000-0000-0000-000000000000'))],
        final: true,
      }),
    ],
    ['no id', () => ({ options: anyRevision(newStream()), events: [proposed().setId(undefined)], final: true })],
  ];

  test.each(invalid)('%s', async (_, parts) => {
    const good = uuid();
    const call: Call = stub.batchAppend();
    const answers: Answer[] = [];
    const done = new Promise<void>((resolve) => {
      call.on('data', (answer: Answer) => {
        answers.push(answer);
        if (answer.hasSuccess()) resolve();
      });
    });
    call.write(chunk(uuid(), parts()));
    call.write(chunk(good, { options: anyRevision(newStream()), events: [proposed()], final: true }));
    await done;
    call.end();
    const refused = answers.filter((answer) => answer.hasError());
    expect(refused.map(detailsOf)).toEqual(['BadRequest']);
    expect(refused[0]?.hasStreamIdentifier()).toBe(true);
  });
});

test('an append of 15 MiB is refused, and the call goes on', async () => {
  const answers = await exchange(
    chunk(uuid(), { options: anyRevision(newStream()), events: [proposed({}, 15 * MIB)], final: true }),
    chunk(uuid(), { options: anyRevision(newStream()), events: [proposed()], final: true }),
  );
  expect(answers.map(detailsOf)).toEqual(['MaximumAppendSizeExceeded', undefined]);
});

test('a message beyond 16 MiB ends the call', async () => {
  const huge = chunk(uuid(), { options: anyRevision(newStream()), events: [proposed({}, 17 * MIB)], final: true });
  await expect(exchange(huge)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
});

describe('a read', () => {
  async function read(change: (options: streamsPb.ReadReq.Options) => void, stream: string) {
    const identifier = new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));
    const from = new streamsPb.ReadReq.Options.StreamOptions()
      .setStreamIdentifier(identifier)
      .setStart(new sharedPb.Empty());
    const options = new streamsPb.ReadReq.Options().setStream(from).setCount('10').setNoFilter(new sharedPb.Empty());
    options.setUuidOption(new streamsPb.ReadReq.Options.UUIDOption().setString(new sharedPb.Empty()));
    change(options);
    const answers: streamsPb.ReadResp[] = [];
    for await (const answer of stub.read(new streamsPb.ReadReq().setOptions(options))) answers.push(answer);
    return answers;
  }

  test('gives ids in the form asked for', async () => {
    const stream = newStream();
    const id = 'c3a1b2d4-ffff-8000-9000-0123456789ab';
    await exchange(chunk(uuid(), { options: anyRevision(stream), events: [proposed().setId(uuid(id))], final: true }));
    const [text] = await read(() => undefined, stream);
    expect(text?.getEvent()?.getEvent()?.getId()?.getString()).toBe(id);
    const asNumbers = new streamsPb.ReadReq.Options.UUIDOption().setStructured(new sharedPb.Empty());
    const [numbers] = await read((options) => options.setUuidOption(asNumbers), stream);
    const structured = numbers?.getEvent()?.getEvent()?.getId()?.getStructured();
    expect(structured?.getMostSignificantBits()).toBe(String(BigInt.asIntN(64, 0xc3a1b2d4ffff8000n)));
    expect(structured?.getLeastSignificantBits()).toBe(String(BigInt.asIntN(64, 0x90000123456789abn)));
  });

  test('that does not say what it wants is an invalid argument', async () => {
    const changes: Array<(options: streamsPb.ReadReq.Options) => void> = [
      (options) => options.clearNoFilter(),
      (options) => options.clearCount(),
      (options) => options.clearStream(),
    ];
    for (const change of changes) {
      await expect(read(change, newStream())).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    }
  });
});
