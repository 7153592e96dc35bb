import {
  type AppendOutcome,
  EventStore,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  START,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../ports/event-store.js';
import { IDENTITY_STREAM, identityIn } from './identity.js';
import { leavable } from './leavable.js';

/**
 * A part of a store that looks like a whole one: several services share a cluster and see nothing of each other.
 * `shop.` stands before the names of its streams. A namespace holds no dot, so that none is the beginning of another,
 * and no hyphen, so that the categories of the store are `shop.stock`, `shop.valuation` and so on.
 */
export class NamespacedEventStore extends EventStore {
  private readonly prefix: string;
  /** Its first event, which gives it its identity: what lies before belongs to others and is never read. */
  private begin: Position | undefined;

  /** @param whole closed with this */
  constructor(
    private readonly whole: EventStore,
    namespace: string,
  ) {
    super();
    this.prefix = `${namespace}.`;
  }

  override async identity(): Promise<string> {
    const { id, position } = await identityIn(this.whole, this.prefix + IDENTITY_STREAM);
    this.begin = position;
    return id;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendOutcome> {
    if (this.begin === undefined) await this.identity();
    return this.whole.append(this.prefix + stream, expected, events);
  }

  override async *readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    for await (const event of this.whole.readStream(this.prefix + stream, options)) yield this.own(event);
  }

  override async *readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    const { from, after = START, streamPrefixes = [] } = options;
    const beginning = from === undefined ? { after: await this.within(after) } : {};
    const within = { ...options, ...beginning, streamPrefixes: this.prefixed(streamPrefixes) };
    for await (const event of this.whole.readAll(within)) yield this.own(event);
  }

  override async head(streamPrefixes: readonly string[]): Promise<Position> {
    return this.whole.head(this.prefixed(streamPrefixes));
  }

  override end(): Promise<Position> {
    return this.whole.end();
  }

  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    return leavable(options.signal, (signal) => this.follow({ ...options, signal }));
  }

  private async *follow(options: SubscribeOptions): AsyncGenerator<SubscriptionBatch> {
    const after = await this.within(options.after);
    const streamPrefixes = this.prefixed(options.streamPrefixes);
    for await (const batch of this.whole.subscribe({ ...options, after, streamPrefixes })) {
      yield { ...batch, events: batch.events.map((event) => this.own(event)) };
    }
  }

  override keepNewest(stream: string, count: number): Promise<void> {
    return this.whole.keepNewest(this.prefix + stream, count);
  }

  override close(): Promise<void> {
    return this.whole.close();
  }

  private async within(after: Position): Promise<Position> {
    if (after !== START) return after;
    if (this.begin === undefined) await this.identity();
    return this.begin ?? START;
  }

  private prefixed(streamPrefixes: readonly string[]): string[] {
    return streamPrefixes.length === 0 ? [this.prefix] : streamPrefixes.map((name) => this.prefix + name);
  }

  private own(event: RecordedEvent): RecordedEvent {
    return { ...event, stream: event.stream.slice(this.prefix.length) };
  }
}
