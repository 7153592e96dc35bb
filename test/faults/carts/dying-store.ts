import {
  type AppendOutcome,
  EventStore,
  EventStoreUnavailable,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../../src/ports/event-store.js';

/** The store as a process sees it that dies at one of its appends: nothing it does after that has any effect. */
export class DyingStore extends EventStore {
  appends = 0;

  constructor(
    private readonly store: EventStore,
    /** It lives for so many appends. */
    private readonly lives = Number.POSITIVE_INFINITY,
    /** Whether the append at which it dies is still written. */
    private readonly lastIsWritten = false,
  ) {
    super();
  }

  get isDead(): boolean {
    return this.appends > this.lives;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendOutcome> {
    this.appends += 1;
    if (!this.isDead) return this.store.append(stream, expected, events);
    if (this.lastIsWritten && this.appends === this.lives + 1) await this.store.append(stream, expected, events);
    throw new EventStoreUnavailable('dead');
  }

  override identity(): Promise<string> {
    return this.store.identity();
  }
  override readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    return this.store.readStream(stream, options);
  }
  override readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
    return this.store.readAll(options);
  }
  override end(): Promise<bigint> {
    return this.store.end();
  }

  override head(streamPrefixes: readonly string[]): Promise<Position> {
    return this.store.head(streamPrefixes);
  }
  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    return this.store.subscribe(options);
  }
  override async keepNewest(): Promise<void> {}
  override async close(): Promise<void> {}
}
