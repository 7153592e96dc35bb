import type { NatsConnection } from 'nats';
import { type CloudEvent, EventBus, EventBusUnavailable } from '../../../ports/event-bus.js';
import { connectTo, natsSubject, reasonOf } from '../../nats.js';
import { ensureFeedStreams, feedStreams, streamOf } from './feed-streams.js';
import { SubjectPublisher } from './subject-publisher.js';

const API_TIMEOUT_MS = 3_000;
const SUBJECTS_AT_ONCE = 256;

export interface NatsEventBusOptions {
  /** `nats://user:password@host:4222`, several parted by commas. */
  readonly url: string;
  /** JetStream stream of availability; default `STOCKFOLD`. That of exceptions has `-EXCEPTIONS` behind it. */
  readonly stream?: string;
  /** First token of every subject; default `stockfold`. */
  readonly subjectPrefix?: string;
}

/**
 * CloudEvents in structured JSON on JetStream. Connects when there is something to publish, so that NATS may be away
 * at any time. Listeners should ask JetStream: plain NATS hands them also what JetStream refused as repeated or overtaken.
 */
export class NatsEventBus extends EventBus {
  private readonly streams: ReturnType<typeof feedStreams>;
  private readonly subjectPrefix: string;
  private connection: NatsConnection | undefined;
  private publisher: SubjectPublisher | undefined;
  private closed = false;

  constructor(private readonly options: NatsEventBusOptions) {
    super();
    this.streams = feedStreams(options.stream ?? 'STOCKFOLD');
    this.subjectPrefix = options.subjectPrefix ?? 'stockfold';
  }

  async publish(events: readonly CloudEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      const publisher = await this.ready();
      const queues = [...bySubject(events)];
      const worker = async () => {
        for (let queue = queues.pop(); queue !== undefined; queue = queues.pop()) {
          await this.publishInOrder(publisher, ...queue);
        }
      };
      const done = await Promise.allSettled(Array.from({ length: SUBJECTS_AT_ONCE }, worker));
      for (const outcome of done) if (outcome.status === 'rejected') throw outcome.reason;
    } catch (error) {
      // The streams may have gone with the server that kept them: look for them again.
      this.publisher = undefined;
      throw new EventBusUnavailable(`NATS: ${reasonOf(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connection?.close();
  }

  private async publishInOrder(publisher: SubjectPublisher, path: string, events: readonly CloudEvent[]) {
    const subject = natsSubject(this.subjectPrefix, path);
    const stream = streamOf(this.streams, path);
    for (const event of events) await publisher.publish(stream, subject, event);
  }

  private async ready(): Promise<SubjectPublisher> {
    if (this.closed) throw new Error('the event bus is closed');
    if (this.connection === undefined || this.connection.isClosed()) {
      this.connection = await connectTo(this.options.url);
      this.publisher = undefined;
    }
    if (this.publisher === undefined) {
      const manager = await this.connection.jetstreamManager({ timeout: API_TIMEOUT_MS });
      await ensureFeedStreams(manager, this.streams, this.subjectPrefix);
      this.publisher = new SubjectPublisher(this.connection.jetstream(), manager);
    }
    return this.publisher;
  }
}

function bySubject(events: readonly CloudEvent[]): ReadonlyMap<string, readonly CloudEvent[]> {
  const queues = new Map<string, CloudEvent[]>();
  for (const event of events) {
    const queue = queues.get(event.subject);
    if (queue === undefined) queues.set(event.subject, [event]);
    else queue.push(event);
  }
  return queues;
}
