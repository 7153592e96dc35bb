import { finished } from 'node:stream';
import { EventStoreDBClient } from '@eventstore/db-client';
import {
  type CallOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  Client as GrpcClient,
  type Metadata,
} from '@grpc/grpc-js';
import { EventStoreUnavailable } from '../../../ports/event-store.js';
import { asThrown } from './failure.js';
import { withRoom } from './flow-control.js';

const READ = '/event_store.client.streams.Streams/Read';
const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend';
const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * One client of the store at a time. The client finds the node (connection string, TLS, credentials, gossip, change of
 * leader) and this opens the two calls on its channel that the adapter needs. The client's own calls are left aside:
 * its appends share one promise table in the whole process, where a reply of a dead connection rejects or leaks the
 * promise of another, and its reads of all streams know no filter.
 */
export class Connection {
  private client: EventStoreDBClient;
  private channel: Channel | undefined;
  private readonly calls = new Set<{ cancel(): void }>();
  private closed = false;

  /** @throws when the connection string is malformed */
  constructor(
    private readonly url: string,
    private readonly openTimeoutMs: number,
  ) {
    this.client = withRoom(EventStoreDBClient.connectionString(url));
  }

  read(request: Buffer): Promise<ClientReadableStream<Buffer>> {
    return this.open((grpc, metadata, options) =>
      grpc.makeServerStreamRequest(READ, asIs, asIs, request, metadata, options),
    );
  }

  batchAppend(): Promise<ClientDuplexStream<Buffer, Buffer>> {
    return this.open((grpc, metadata, options) =>
      grpc.makeBidiStreamRequest(BATCH_APPEND, asIs, asIs, metadata, options),
    );
  }

  /**
   * Gives up a connection that does not answer, so that the next call dials anew; calls in flight are left to end by
   * themselves. One that breaks is redialled by the client.
   */
  renew(): void {
    if (this.closed) return;
    // Closed first, or gRPC would give the same connection to the next channel.
    this.channel?.close();
    this.channel = undefined;
    this.client = withRoom(EventStoreDBClient.connectionString(this.url));
  }

  /** Cancels every call, and lets none begin. */
  close(): void {
    this.closed = true;
    for (const call of this.calls) call.cancel();
    this.channel?.close();
  }

  private async open<Call extends ClientReadableStream<Buffer>>(start: StartCall<Call>): Promise<Call> {
    if (this.closed) throw new EventStoreUnavailable('The event store adapter is closed');
    const { client } = this;
    const opening = ClientAccess.open(client, start, (channel) => {
      if (client === this.client) this.channel = channel;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, this.openTimeoutMs, new Error(`no node found within ${this.openTimeoutMs} ms`));
    });
    try {
      const call = await Promise.race([opening, late]);
      if (this.closed) throw new Error('the adapter was closed meanwhile');
      this.calls.add(call);
      finished(call, () => this.calls.delete(call));
      return call;
    } catch (error) {
      opening.then(
        (call) => call.cancel(),
        () => undefined,
      );
      throw asThrown('Event store cannot be reached', error);
    } finally {
      clearTimeout(timer);
    }
  }
}

type Channel = ReturnType<GrpcClient['getChannel']>;

type StartCall<Call> = (grpc: GrpcClient, metadata: Metadata, options: CallOptions) => Call;

/** Reaches what the client keeps open to its subclasses: a call on its present channel, redialled after failures. */
class ClientAccess extends EventStoreDBClient {
  static open<Call extends ClientReadableStream<Buffer>>(
    client: EventStoreDBClient,
    start: StartCall<Call>,
    onChannel: (channel: Channel) => void,
  ): Promise<Call> {
    const access = client as ClientAccess;
    return access.GRPCStreamCreator(GrpcClient, 'stockfold', (grpc) => {
      onChannel(grpc.getChannel());
      const [metadata, options] = access.callArguments({}, { deadline: Number.POSITIVE_INFINITY });
      return start(grpc, metadata, options);
    })();
  }
}
