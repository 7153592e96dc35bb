import {
  type EventStore,
  type Position,
  type RecordedEvent,
  START,
  type SubscriptionBatch,
} from '../ports/event-store.js';
import type { ValuationProgress } from '../ports/valuation-book.js';
import { checkpointPosition, checkpointStream } from './checkpoint-stream.js';
import type { Projection } from './run.js';
import { VALUATION } from './valuation/valuation-projection.js';

const CHECKPOINTS = checkpointStream(VALUATION);

/** A read model of what was valued, which keeps its own place. */
interface Book<Entry> {
  open(storeIdentity: string): Promise<ValuationProgress>;
  save(entries: readonly Entry[], progress: ValuationProgress): Promise<void>;
}

/** Folds streams into a book, and the valuers' checkpoints into how far it is. */
export abstract class BookProjection<Entry> implements Projection {
  abstract readonly name: string;
  readonly isReadModel = true;
  readonly mayLag = true;
  readonly streamPrefixes: readonly string[];
  private valuedUpTo: Position = START;

  constructor(
    private readonly store: EventStore,
    private readonly book: Book<Entry>,
    streamPrefixes: readonly string[],
  ) {
    this.streamPrefixes = [...streamPrefixes, CHECKPOINTS];
  }

  /** What there is to write of events of the book's own streams. */
  protected abstract entriesOf(events: readonly RecordedEvent[]): readonly Entry[];

  async start(): Promise<Position> {
    const { position, valuedUpTo } = await this.book.open(await this.store.identity());
    this.valuedUpTo = valuedUpTo;
    return position;
  }

  async handle({ events, position }: SubscriptionBatch): Promise<void> {
    for (const event of events) if (event.stream === CHECKPOINTS) this.advance(checkpointPosition(event));
    const entries = this.entriesOf(events.filter(({ stream }) => stream !== CHECKPOINTS));
    await this.book.save(entries, { position, valuedUpTo: this.valuedUpTo });
  }

  /** A valuer that lags behind another writes lower positions. */
  private advance(position: Position): void {
    if (position > this.valuedUpTo) this.valuedUpTo = position;
  }
}
