import { EventStoreDBClient } from '@eventstore/db-client';
import {
  type CallOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  Client as GrpcClient,
  type Metadata,
  status,
} from '@grpc/grpc-js';
import { EventStoreUnavailable } from '../../../ports/event-store.js';
import { asThrown, isNotLeader } from './failure.js';

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
  private generation = 0;
  private closed = false;

  /** @throws when the connection string is malformed */
  constructor(
    private readonly url: string,
    private readonly openTimeoutMs: number,
  ) {
    this.client = EventStoreDBClient.connectionString(url);
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

  /** The next call dials anew; calls in flight are left to end by themselves. */
  renew(): void {
    if (this.closed) return;
    this.generation += 1;
    this.channel?.close();
    this.channel = undefined;
    this.client = EventStoreDBClient.connectionString(undelayed(this.url, this.generation));
  }

  /** Cancels every call, and lets none begin. */
  async close(): Promise<void> {
    this.closed = true;
    const { client, channel } = this;
    await client.dispose();
    channel?.close();
  }

  private async open<Call extends ClientReadableStream<Buffer>>(start: StartCall<Call>): Promise<Call> {
    if (this.closed) throw new EventStoreUnavailable('The event store adapter is closed');
    const { generation } = this;
    const opening = ClientAccess.open(this.client, start, (channel) => {
      if (generation === this.generation) this.channel = channel;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, this.openTimeoutMs, new Error(`no node found within ${this.openTimeoutMs} ms`));
    });
    try {
      const call = await Promise.race([opening, late]);
      call.on('error', (error) => {
        if (generation === this.generation && isLostConnection(error)) this.renew();
      });
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

function isLostConnection(error: unknown): boolean {
  if (isNotLeader(error) || !(error instanceof Error) || !('code' in error)) return false;
  if (error.code === status.CANCELLED) return !error.message.includes('Cancelled on client');
  return error.code === status.UNAVAILABLE || error.code === status.INTERNAL;
}

/**
 * gRPC keeps its growing delay between dials with the address and the options, beyond the life of a channel; another
 * option, another memory. Our own backoff is bounded, this one would grow to two minutes.
 */
function undelayed(url: string, generation: number): string {
  const [address = '', query = ''] = url.split('?');
  const options = query.split('&').filter((option) => option !== '');
  const timeout = options.find((option) => /^keep_?alive_?timeout=/i.test(option));
  const timeoutMs = Number(timeout?.split('=')[1] ?? 10_000);
  if (timeoutMs < 0) return url;
  const others = options.filter((option) => option !== timeout);
  return `${address}?${[...others, `keepAliveTimeout=${timeoutMs + (generation % 1_000)}`].join('&')}`;
}
