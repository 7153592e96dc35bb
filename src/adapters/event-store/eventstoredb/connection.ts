import { finished } from 'node:stream';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { EventStoreUnavailable } from '../../../ports/event-store.js';
import { asIs, type Channel, ClientAccess, type StartCall } from './client-access.js';
import { asThrown } from './failure.js';
import { withRoom } from './flow-control.js';
import { LeaderSearch } from './leader-search.js';

const READ = '/event_store.client.streams.Streams/Read';
const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend';

/**
 * One client of the store at a time. The client dials (connection string, TLS, credentials, redialling what broke) and
 * this opens the two calls on its channel that the adapter needs. The client's own calls are left aside: its appends
 * share one promise table in the whole process, where a reply of a dead connection rejects or leaks the promise of
 * another, and its reads of all streams know no filter.
 */
export class Connection {
  private readonly search: LeaderSearch | undefined;
  private client: EventStoreDBClient;
  private channel: Channel | undefined;
  private readonly calls = new Set<{ cancel(): void }>();
  private closed = false;

  /** @throws when the connection string is malformed */
  constructor(
    private readonly url: string,
    private readonly openTimeoutMs: number,
  ) {
    this.search = LeaderSearch.in(url);
    this.client = this.newClient();
  }

  /** Whether one of several nodes is to be found each time. */
  get isToCluster(): boolean {
    return this.search !== undefined;
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
   * Gives up a connection that does not answer, with all calls on it, so that the next call dials anew. One that breaks
   * is redialled by the client.
   */
  renew(): void {
    if (this.closed) return;
    const given = [...this.calls];
    // Closed first, or gRPC would give the same connection to the next channel.
    this.channel?.close();
    this.channel = undefined;
    this.client = this.newClient();
    for (const call of given) call.cancel();
  }

  /** Cancels every call, and lets none begin. */
  close(): void {
    this.closed = true;
    for (const call of this.calls) call.cancel();
    this.channel?.close();
  }

  private newClient(): EventStoreDBClient {
    const client = withRoom(EventStoreDBClient.connectionString(this.url));
    const search = this.search;
    return search === undefined ? client : ClientAccess.dialling(client, () => search.find(this.openTimeoutMs));
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
      // A client whose search has failed would only fail the same way again.
      if (client === this.client) this.renew();
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
