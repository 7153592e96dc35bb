import type { Readable } from 'node:stream';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Wire } from '../wire.js';

const asIs = (bytes: Buffer): Buffer => bytes;

export interface Relay {
  readonly url: string;
  /** Paths of the calls that came, in order. */
  readonly called: string[];
  close(): void;
}

/** Stands between a client and the server, and hears which calls the client makes; without gossip. */
export async function startRelay(wire: Wire, { tellsFeatures }: { tellsFeatures: boolean }): Promise<Relay> {
  const called: string[] = [];
  const { streams } = wire;
  const hear = (path: string): [string, Metadata] => {
    called.push(path.slice(path.lastIndexOf('/') + 1));
    return [path, wire.call()[0]];
  };
  const { read, append, batchAppend } = streamsGrpc.StreamsService;
  const { getSupportedMethods } = featuresGrpc.ServerFeaturesService;
  const [, options] = wire.call();
  const server = new Server();
  server.addService(raw({ read, append, batchAppend }), {
    read: (call: ServerWritableStream<Buffer, Buffer>) => {
      const [path, headers] = hear(read.path);
      pass(streams.makeServerStreamRequest(path, asIs, asIs, call.request, headers, options), call);
    },
    append: (call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
      const [path, headers] = hear(append.path);
      pass(call, streams.makeClientStreamRequest(path, asIs, asIs, headers, options, answer));
    },
    batchAppend: (call: ServerDuplexStream<Buffer, Buffer>) => {
      const [path, headers] = hear(batchAppend.path);
      const onwards = streams.makeBidiStreamRequest(path, asIs, asIs, headers, options);
      pass(
        onwards.on('error', () => undefined),
        call,
      );
      pass(call, onwards);
      call.on('cancelled', () => onwards.cancel());
    },
  });
  server.addService(raw({ getSupportedMethods }), {
    getSupportedMethods: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
      const [path, headers] = hear(getSupportedMethods.path);
      if (!tellsFeatures) answer({ code: status.UNIMPLEMENTED });
      else streams.makeUnaryRequest(path, asIs, asIs, call.request, headers, options, answer);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, at: number) => (error === null ? resolve(at) : reject(error));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
  });
  return { url: `esdb://127.0.0.1:${port}?tls=false`, called, close: () => server.forceShutdown() };
}

function pass(from: Readable, to: { write(message: Buffer): unknown; end(): void }): void {
  from.on('data', (message: Buffer) => to.write(message)).on('end', () => to.end());
}

/** The same methods with messages as they come. */
function raw(methods: ServiceDefinition): ServiceDefinition {
  const codec = {
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, { ...method, ...codec }]));
}
