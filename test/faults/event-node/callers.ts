import { readFileSync } from 'node:fs';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { ChannelCredentials, Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { AUTHORITY_FILE } from '../../support/secure-node.js';

/** How a call ended: its code, and the trailer by which the client picks its class. */
export interface Ending {
  readonly code: number;
  readonly exception: string | undefined;
}

/** Every kind of call that the client makes, each with the headers given and nothing else. */
export const CALLS = ['features', 'gossip', 'read', 'read-all', 'append', 'delete', 'tombstone'] as const;
export type CallName = (typeof CALLS)[number];

/** A client below the official one, which gives no way to send other headers. */
export class RawCaller {
  readonly #features;
  readonly #gossip;
  readonly #streams;
  readonly #headers = new Metadata();

  constructor(port: number, authorization?: string) {
    if (authorization !== undefined) this.#headers.set('authorization', authorization);
    const at = `localhost:${port}`;
    const tls = ChannelCredentials.createSsl(readFileSync(AUTHORITY_FILE));
    this.#features = new featuresGrpc.ServerFeaturesClient(at, tls);
    this.#gossip = new gossipGrpc.GossipClient(at, tls);
    this.#streams = new streamsGrpc.StreamsClient(at, tls);
  }

  call(name: CallName, stream: string): Promise<Ending> {
    const identifier = new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream));
    const any = new sharedPb.Empty();
    return new Promise((resolve) => {
      const answered = (error: ServiceError | null) =>
        resolve(endingOf(error ?? { code: 0, metadata: new Metadata() }));
      switch (name) {
        case 'features':
          this.#features.getSupportedMethods(any, this.#headers, answered);
          break;
        case 'gossip':
          this.#gossip.read(any, this.#headers, answered);
          break;
        case 'read':
        case 'read-all':
          this.#streams
            .read(readRequest(name === 'read' ? identifier : undefined), this.#headers)
            .on('data', () => undefined)
            .on('error', () => undefined)
            .on('status', (status) => resolve(endingOf(status)));
          break;
        case 'append': {
          const options = new streamsPb.AppendReq.Options().setStreamIdentifier(identifier).setAny(any);
          const call = this.#streams.append(this.#headers, answered);
          call.end(new streamsPb.AppendReq().setOptions(options));
          break;
        }
        case 'delete': {
          const options = new streamsPb.DeleteReq.Options().setStreamIdentifier(identifier).setAny(any);
          this.#streams.delete(new streamsPb.DeleteReq().setOptions(options), this.#headers, answered);
          break;
        }
        case 'tombstone': {
          const options = new streamsPb.TombstoneReq.Options().setStreamIdentifier(identifier).setAny(any);
          this.#streams.tombstone(new streamsPb.TombstoneReq().setOptions(options), this.#headers, answered);
          break;
        }
      }
    });
  }

  /** The name of the refusal in the answer to an append, or how the whole call ended. */
  batchAppend(stream: string): Promise<string | Ending> {
    const options = new streamsPb.BatchAppendReq.Options()
      .setStreamIdentifier(new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream)))
      .setAny(new sharedPb.Empty());
    const request = new streamsPb.BatchAppendReq()
      .setCorrelationId(new sharedPb.UUID().setString('6b1ccf0e-2c5c-4a0e-8a3c-0f8f2f6c0a11'))
      .setOptions(options)
      .setIsFinal(true);
    return new Promise((resolve) => {
      const call = this.#streams.batchAppend(this.#headers);
      call.on('data', (answer: streamsPb.BatchAppendResp) => {
        resolve(answer.getError()?.getMessage() ?? 'written');
        call.cancel();
      });
      call.on('error', () => undefined).on('status', (status) => resolve(endingOf(status)));
      call.write(request);
    });
  }

  close(): void {
    for (const client of [this.#features, this.#gossip, this.#streams]) client.close();
  }
}

/** `host:port` of each member that a plain node tells of. */
export function membersToldBy(port: number): Promise<string[]> {
  const client = new gossipGrpc.GossipClient(`localhost:${port}`, ChannelCredentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.read(new sharedPb.Empty(), (error: ServiceError | null, info: gossipPb.ClusterInfo) => {
      client.close();
      if (error !== null) return reject(error);
      const places = info.getMembersList().map((member) => member.getHttpEndPoint());
      resolve(places.map((place) => `${place?.getAddress()}:${place?.getPort()}`));
    });
  });
}

function readRequest(identifier: sharedPb.StreamIdentifier | undefined): streamsPb.ReadReq {
  const { ReadReq } = streamsPb;
  const options = new ReadReq.Options()
    .setCount('1')
    .setNoFilter(new sharedPb.Empty())
    .setUuidOption(new ReadReq.Options.UUIDOption().setString(new sharedPb.Empty()));
  if (identifier === undefined) options.setAll(new ReadReq.Options.AllOptions().setStart(new sharedPb.Empty()));
  else {
    const from = new ReadReq.Options.StreamOptions().setStart(new sharedPb.Empty()).setStreamIdentifier(identifier);
    options.setStream(from);
  }
  return new ReadReq().setOptions(options);
}

function endingOf({ code, metadata }: Pick<StatusObject, 'code' | 'metadata'>): Ending {
  return { code, exception: metadata.get('exception')[0]?.toString() };
}
