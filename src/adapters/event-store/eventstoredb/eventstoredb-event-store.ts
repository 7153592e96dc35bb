import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { JsonObject } from '../../../domain/values/json.js';
import {
  type AppendOutcome,
  EventStore,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../../ports/event-store.js';
import { IDENTITY_STREAM, identityIn } from '../identity.js';
import { leavable } from '../leavable.js';
import { Appender } from './appender.js';
import { Connection } from './connection.js';
import { Reader } from './reader.js';
import { Subscription } from './subscription.js';

export interface EventStoreDbOptions {
  /** `esdb://host:port?tls=false`, or all nodes of a cluster: `esdb://a:2113,b:2113,c:2113`. */
  readonly url: string;
  /** One attempt to append waits so long for its reply; default 2,000. */
  readonly attemptTimeoutMs?: number;
  /** All attempts of one append together; default 10,000. */
  readonly appendTimeoutMs?: number;
  /** A read may wait so long for its next event; default 5,000. */
  readonly readIdleTimeoutMs?: number;
  /** So long the newest event of certain streams is searched for, which goes through all there is; default 1,000. */
  readonly headSearchMs?: number;
  /** A read that broke off is resumed for so long; default 3,000. */
  readonly readResumeForMs?: number;
  /** A subscription silent for so long is checked, and given up when still silent as long again; default 5,000. */
  readonly stallTimeoutMs?: number;
  /** To find a node and open a connection; default 5,000. */
  readonly openTimeoutMs?: number;
}

const FIRST_REPLY_MS = 250;

/** The port over any server that speaks EventStoreDB's gRPC protocol: a cluster, or the embedded node. */
export class EventStoreDbEventStore extends EventStore {
  private readonly closing = new AbortController();
  private readonly connection: Connection;
  private readonly reader: Reader;
  private readonly appender: Appender;
  private readonly stallTimeoutMs: number;

  /** Connects when first used. */
  constructor(options: EventStoreDbOptions) {
    super();
    const { signal } = this.closing;
    // Every append that waits for its next attempt listens, and that may be hundreds.
    setMaxListeners(0, signal);
    this.stallTimeoutMs = options.stallTimeoutMs ?? 5_000;
    this.connection = new Connection(options.url, options.openTimeoutMs ?? 5_000);
    const readTimes = {
      idleTimeoutMs: options.readIdleTimeoutMs ?? 5_000,
      headSearchMs: options.headSearchMs ?? 1_000,
      resumeForMs: options.readResumeForMs ?? 3_000,
    };
    this.reader = new Reader(this.connection, readTimes, signal);
    const attemptTimeoutMs = options.attemptTimeoutMs ?? 2_000;
    const appendTimes = {
      attemptTimeoutMs,
      // A leader that was just elected may swallow what it is sent first.
      firstReplyTimeoutMs: this.connection.isToCluster ? FIRST_REPLY_MS : attemptTimeoutMs,
      totalTimeoutMs: options.appendTimeoutMs ?? 10_000,
    };
    this.appender = new Appender(this.connection, this.reader, appendTimes, signal);
  }

  override async identity(): Promise<string> {
    return (await identityIn(this, IDENTITY_STREAM)).id;
  }

  override append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendOutcome> {
    return this.appender.append(stream, expected, events);
  }

  override readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    return this.reader.readStream(stream, options);
  }

  override readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
    return this.reader.readAll(options);
  }

  override head(streamPrefixes: readonly string[]): Promise<Position> {
    return this.reader.head(streamPrefixes);
  }

  override end(): Promise<Position> {
    return this.reader.end();
  }

  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    const { connection, reader, stallTimeoutMs } = this;
    return leavable(options.signal, (signal) =>
      new Subscription(connection, reader, { ...options, signal }, stallTimeoutMs).batches(),
    );
  }

  override async keepNewest(stream: string, count: number): Promise<void> {
    const metastream = `$$${stream}`;
    const present = await this.newest(metastream);
    if (present?.data.$maxCount === count) return;
    const data: JsonObject = { ...present?.data, $maxCount: count };
    const event = { id: randomUUID(), type: '$metadata', data, metadata: {} };
    const outcome = await this.append(metastream, present?.revision ?? 'no-stream', [event]);
    if (outcome.status === 'conflict') await this.keepNewest(stream, count);
  }

  override async close(): Promise<void> {
    this.closing.abort();
    this.connection.close();
  }

  private async newest(stream: string): Promise<RecordedEvent | undefined> {
    for await (const event of this.readStream(stream, { direction: 'backwards', maxCount: 1 })) return event;
    return undefined;
  }
}
