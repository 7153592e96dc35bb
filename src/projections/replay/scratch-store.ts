import {
  type AppendOutcome,
  EventStore,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  START,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../ports/event-store.js';

/**
 * A store in which one valuation stream has only its first events and is written on in memory, to find out what other
 * rules would make of it. It reads everything else as it is, and writes nothing of it.
 */
export class ScratchStore extends EventStore {
  readonly written: RecordedEvent[] = [];
  /** They are of the stream as it is. */
  private readonly layers: string;

  /** @param kept so many events of the stream count */
  constructor(
    private readonly store: EventStore,
    private readonly stream: string,
    private readonly kept: number,
  ) {
    super();
    this.layers = stream.replace(/^valuation-/, 'layers-');
  }

  override identity(): Promise<string> {
    return this.store.identity();
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendOutcome> {
    if (stream !== this.stream) return { status: 'appended', revision: 0, position: START };
    const last = this.kept + this.written.length - 1;
    const wanted = expected === 'no-stream' ? -1 : expected;
    if (wanted !== 'any' && wanted !== last) return { status: 'conflict', revision: last };
    for (const event of events) {
      this.written.push({ ...event, stream, revision: this.kept + this.written.length, position: START });
    }
    return { status: 'appended', revision: last + events.length, position: START };
  }

  override async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    if (stream === this.layers) return;
    if (stream !== this.stream) {
      yield* this.store.readStream(stream, options);
      return;
    }
    const { maxCount = Number.POSITIVE_INFINITY } = options;
    let read = 0;
    for await (const event of this.ownEvents(options)) {
      if (read === maxCount) return;
      read += 1;
      yield event;
    }
  }

  override readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
    return this.store.readAll(options);
  }

  override head(streamPrefixes: readonly string[]): Promise<bigint> {
    return this.store.head(streamPrefixes);
  }

  override end(): Promise<bigint> {
    return this.store.end();
  }

  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    return this.store.subscribe(options);
  }

  override async keepNewest(): Promise<void> {}

  override async close(): Promise<void> {}

  private async *ownEvents({ from, direction = 'forwards' }: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    const { kept, written } = this;
    if (direction === 'forwards') {
      const first = from ?? 0;
      if (first < kept) yield* this.store.readStream(this.stream, { from: first, maxCount: kept - first });
      yield* written.slice(Math.max(0, first - kept));
      return;
    }
    const last = Math.min(from ?? Number.POSITIVE_INFINITY, kept + written.length - 1);
    for (let index = last - kept; index >= 0; index -= 1) yield* written.slice(index, index + 1);
    const before = Math.min(last, kept - 1);
    if (before >= 0) yield* this.store.readStream(this.stream, { direction, from: before });
  }
}
