import { connect, headers, type JetStreamClient, type NatsConnection } from 'nats';
import { type CloudEvent, EventBus, EventBusUnavailable } from '../../../ports/event-bus.js';
import { ensureStream } from './jetstream-stream.js';
import { connectionOptions } from './server-url.js';
import { natsSubject } from './subject.js';

const PUBLISH_TIMEOUT_MS = 3_000;

export interface NatsEventBusOptions {
  /** `nats://user:password@host:4222`, several parted by commas. */
  readonly url: string;
  /** JetStream stream; default `STOCKFOLD`. It is made when it is not there, and left as it is when it is. */
  readonly stream?: string;
  /** First token of every subject; default `stockfold`. */
  readonly subjectPrefix?: string;
}

/**
 * CloudEvents in structured JSON on JetStream. Connects when there is something to publish, so that NATS may be away
 * at any time. JetStream drops what it has seen in the last two minutes, known by source and id.
 */
export class NatsEventBus extends EventBus {
  private readonly stream: string;
  private readonly subjectPrefix: string;
  private connection: NatsConnection | undefined;
  private jetStream: JetStreamClient | undefined;
  private closed = false;

  constructor(private readonly options: NatsEventBusOptions) {
    super();
    this.stream = options.stream ?? 'STOCKFOLD';
    this.subjectPrefix = options.subjectPrefix ?? 'stockfold';
  }

  async publish(events: readonly CloudEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      const jetStream = await this.ready();
      await Promise.all(events.map((event) => this.send(jetStream, event)));
    } catch (error) {
      // The stream may have gone with the server that kept it: look for it again.
      this.jetStream = undefined;
      const reason = error instanceof Error ? error.message : String(error);
      throw new EventBusUnavailable(`NATS: ${reason}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connection?.close();
  }

  private async send(jetStream: JetStreamClient, event: CloudEvent): Promise<void> {
    const contentType = headers();
    contentType.set('content-type', 'application/cloudevents+json');
    await jetStream.publish(
      natsSubject(this.subjectPrefix, event.subject),
      JSON.stringify({ specversion: '1.0', datacontenttype: 'application/json', ...event }),
      { msgID: `${event.source}/${event.id}`, headers: contentType, timeout: PUBLISH_TIMEOUT_MS },
    );
  }

  private async ready(): Promise<JetStreamClient> {
    if (this.closed) throw new Error('the event bus is closed');
    if (this.connection === undefined || this.connection.isClosed()) {
      this.connection = await connect(connectionOptions(this.options.url));
      this.jetStream = undefined;
    }
    if (this.jetStream === undefined) {
      await ensureStream(this.connection, this.stream, `${this.subjectPrefix}.>`);
      this.jetStream = this.connection.jetstream();
    }
    return this.jetStream;
  }
}
