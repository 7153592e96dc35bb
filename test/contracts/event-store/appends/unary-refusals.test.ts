import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { connect, expectMissing, newStream } from '../support.js';
import { identifier, openWire, uuid } from '../wire.js';

const client = await connect();
const wire = await openWire(client);

function target(stream: string): streamsPb.AppendReq.Options {
  const options = new streamsPb.AppendReq.Options().setStreamIdentifier(identifier(stream));
  options.setAny(new sharedPb.Empty());
  return options;
}

const header = (options: streamsPb.AppendReq.Options) => new streamsPb.AppendReq().setOptions(options);

function message(properties: Record<string, string>, id: sharedPb.UUID | null = uuid()): streamsPb.AppendReq {
  const proposed = new streamsPb.AppendReq.ProposedMessage().setId(id ?? undefined);
  for (const [key, value] of Object.entries(properties)) proposed.getMetadataMap().set(key, value);
  return new streamsPb.AppendReq().setProposedMessage(proposed);
}

const BYTES = { type: 'Received', 'content-type': 'application/octet-stream' };

/** Sends these messages as one append; gives the error that ends it. */
function refusal(...messages: readonly streamsPb.AppendReq[]): Promise<ServiceError> {
  return new Promise((resolve, reject) => {
    const call = wire.streams.append(...wire.call(), (error, answer) => {
      if (error === null) reject(new Error(`it should have failed: ${JSON.stringify(answer.toObject())}`));
      else resolve(error);
    });
    call.on('error', () => undefined);
    for (const one of messages) call.write(one);
    call.end();
  });
}

describe('a unary append', () => {
  test.each([
    ['type', { 'content-type': 'application/json' }],
    ['content-type', { type: 'Received' }],
  ])('without %s is told which properties an event needs', async (_, properties) => {
    const stream = newStream();
    const error = await refusal(header(target(stream)), message(properties as Record<string, string>));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.metadata.get('exception')).toEqual(['missing-required-metadata-property']);
    expect(error.metadata.get('required-metadata-properties')).toEqual(['type,content-type']);
    await expectMissing(client, stream);
  });

  test('without an expected revision is an invalid argument', async () => {
    const options = new streamsPb.AppendReq.Options().setStreamIdentifier(identifier(newStream()));
    expect((await refusal(header(options), message(BYTES))).code).toBe(status.INVALID_ARGUMENT);
  });

  test('that expects a revision of 2^63 is an invalid argument or unknown, and not written', async () => {
    const stream = newStream();
    const options = target(stream).setRevision(String(2n ** 63n));
    const { code } = await refusal(header(options), message(BYTES));
    expect([status.INVALID_ARGUMENT, status.UNKNOWN]).toContain(code);
    await expectMissing(client, stream);
  });

  const MALFORMED: ReadonlyArray<readonly [string, (stream: string) => streamsPb.AppendReq[]]> = [
    ['without an event id', (stream) => [header(target(stream)), message(BYTES, null)]],
    ['with an event id that is no UUID', (stream) => [header(target(stream)), message(BYTES, uuid('no-uuid'))]],
    ['with an empty type', (stream) => [header(target(stream)), message({ ...BYTES, type: '' })]],
    ['without a stream', (stream) => [header(target(stream).setStreamIdentifier(undefined)), message(BYTES)]],
    ['with an empty stream name', () => [header(target('')), message(BYTES)]],
    ['whose event comes before its options', (stream) => [message(BYTES), header(target(stream))]],
    ['with options twice', (stream) => [header(target(stream)), header(target(stream))]],
    ['of nothing at all', () => []],
  ];

  test.each(MALFORMED)('%s is refused, and nothing is written', async (_, messages) => {
    const stream = newStream();
    expect((await refusal(...messages(stream))).code).toBe(status.UNKNOWN);
    await expectMissing(client, stream);
  });
});

describe('without an expected revision', () => {
  test('a delete is an invalid argument', async () => {
    const options = new streamsPb.DeleteReq.Options().setStreamIdentifier(identifier(newStream()));
    const code = await new Promise((resolve) =>
      wire.streams.delete(new streamsPb.DeleteReq().setOptions(options), ...wire.call(), (error) =>
        resolve(error?.code),
      ),
    );
    expect(code).toBe(status.INVALID_ARGUMENT);
  });

  test('a tombstone is an invalid argument', async () => {
    const options = new streamsPb.TombstoneReq.Options().setStreamIdentifier(identifier(newStream()));
    const code = await new Promise((resolve) =>
      wire.streams.tombstone(new streamsPb.TombstoneReq().setOptions(options), ...wire.call(), (error) =>
        resolve(error?.code),
      ),
    );
    expect(code).toBe(status.INVALID_ARGUMENT);
  });
});
