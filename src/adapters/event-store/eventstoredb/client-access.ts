import type { EventStoreDBClient as Client } from '@eventstore/db-client';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type CallOptions, type ClientReadableStream, Client as GrpcClient, type Metadata } from '@grpc/grpc-js';

export type Channel = ReturnType<GrpcClient['getChannel']>;

export type StartCall<Call> = (grpc: GrpcClient, metadata: Metadata, options: CallOptions) => Call;

/** Requests and replies are encoded and decoded elsewhere. */
export const asIs = (bytes: Buffer): Buffer => bytes;

/** Reaches what the client keeps open to its subclasses: a call on its present channel, redialled after failures. */
export class ClientAccess extends EventStoreDBClient {
  static open<Call extends ClientReadableStream<Buffer>>(
    client: Client,
    start: StartCall<Call>,
    onChannel: (channel: Channel) => void,
  ): Promise<Call> {
    const access = client as ClientAccess;
    return access.GRPCStreamCreator(GrpcClient, 'stockfold', (grpc) => {
      onChannel(grpc.getChannel());
      const [metadata, options] = access.callArguments(
        { requiresLeader: true },
        { deadline: Number.POSITIVE_INFINITY },
      );
      return start(grpc, metadata, options);
    })();
  }

  /** Has the client ask for the node to dial, `host:port`, instead of looking for one itself. */
  static dialling(client: Client, address: () => Promise<string>): Client {
    (client as ClientAccess).resolveUri = address;
    return client;
  }
}
