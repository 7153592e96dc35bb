import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { CallOptions, ClientDuplexStream, ClientReadableStream, Metadata } from '@grpc/grpc-js';

/** What the client library cannot be made to send, sent by its own generated code over its own connection. */
export interface Wire {
  readonly streams: streamsGrpc.StreamsClient;
  readonly features: featuresGrpc.ServerFeaturesClient;
  /** Headers and options of a call, the caller's credentials among them. */
  call(): [Metadata, CallOptions];
}

export type Chunk = streamsPb.BatchAppendReq;
export type Answer = streamsPb.BatchAppendResp;
export type BatchCall = ClientDuplexStream<Chunk, Answer>;
export type Proposed = streamsPb.BatchAppendReq.ProposedMessage;
export type BatchOptions = streamsPb.BatchAppendReq.Options;

/** Reaches what the client keeps open to its subclasses. */
class ClientAccess extends EventStoreDBClient {
  static async open(client: EventStoreDBClient): Promise<Wire> {
    const access = client as ClientAccess;
    const streams = await access.execute(streamsGrpc.StreamsClient, 'tests', async (stub) => stub);
    const features = await access.execute(featuresGrpc.ServerFeaturesClient, 'tests', async (stub) => stub);
    return { streams, features, call: () => access.callArguments({}, { deadline: Number.POSITIVE_INFINITY }) };
  }
}

export const openWire = (client: EventStoreDBClient): Promise<Wire> => ClientAccess.open(client);

export function uuid(text: string = randomUUID()): sharedPb.UUID {
  return new sharedPb.UUID().setString(text);
}

export function identifier(stream: string | Uint8Array): sharedPb.StreamIdentifier {
  return new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream as string).toString('base64'));
}

/** Options that name a stream, and no expected revision yet. */
export function options(stream: string | Uint8Array): BatchOptions {
  return new streamsPb.BatchAppendReq.Options().setStreamIdentifier(identifier(stream));
}

export function anyRevision(stream: string | Uint8Array): BatchOptions {
  const any = options(stream);
  any.setAny(new sharedPb.Empty());
  return any;
}

/** An event of so many bytes; a property that is undefined is left out. */
export function proposed(properties: Record<string, string | undefined> = {}, bytes = 2): Proposed {
  const message = new streamsPb.BatchAppendReq.ProposedMessage().setId(uuid());
  const every = { type: 'Received', 'content-type': 'application/octet-stream', ...properties };
  for (const [key, value] of Object.entries(every)) if (value !== undefined) message.getMetadataMap().set(key, value);
  return message.setData(new Uint8Array(bytes));
}

export interface Parts {
  readonly options?: BatchOptions;
  readonly events?: readonly Proposed[];
  readonly final: boolean;
}

export function chunk(correlation: sharedPb.UUID, parts: Parts): Chunk {
  return new streamsPb.BatchAppendReq()
    .setCorrelationId(correlation)
    .setOptions(parts.options)
    .setProposedMessagesList([...(parts.events ?? [])])
    .setIsFinal(parts.final);
}

/** Sends these on one call, and gives so many answers in the order they come. */
export async function exchange(wire: Wire, chunks: readonly Chunk[], count = 1): Promise<Answer[]> {
  const call: BatchCall = wire.streams.batchAppend(...wire.call());
  for (const one of chunks) call.write(one);
  const found = await answers(call, count);
  call.end();
  return found;
}

/** The next so many answers of a call. */
export async function answers(call: BatchCall, count: number): Promise<Answer[]> {
  const found: Answer[] = [];
  await new Promise<void>((resolve, reject) => {
    const hear = (answer: Answer) => {
      if (found.push(answer) < count) return;
      call.off('data', hear).pause();
      resolve();
    };
    call.on('data', hear).on('error', reject).resume();
  });
  return found;
}

/** The kind of an answer: `success`, or the name of its error. */
export function kindOf(answer: Answer | undefined): string | undefined {
  if (answer?.hasSuccess()) return 'success';
  return answer?.getError()?.getDetails()?.getTypeUrl().split('.').at(-1);
}

/** Options of a read of a stream from its start, for tests to change. */
export function readOptions(stream: string): streamsPb.ReadReq.Options {
  const from = new streamsPb.ReadReq.Options.StreamOptions()
    .setStreamIdentifier(identifier(stream))
    .setStart(new sharedPb.Empty());
  return new streamsPb.ReadReq.Options()
    .setStream(from)
    .setCount('10')
    .setNoFilter(new sharedPb.Empty())
    .setUuidOption(new streamsPb.ReadReq.Options.UUIDOption().setString(new sharedPb.Empty()));
}

export function startRead(wire: Wire, wanted: streamsPb.ReadReq.Options): ClientReadableStream<streamsPb.ReadResp> {
  return wire.streams.read(new streamsPb.ReadReq().setOptions(wanted), ...wire.call());
}

/** Every message of a read. */
export async function read(wire: Wire, wanted: streamsPb.ReadReq.Options): Promise<streamsPb.ReadResp[]> {
  const found: streamsPb.ReadResp[] = [];
  for await (const message of startRead(wire, wanted)) found.push(message);
  return found;
}
