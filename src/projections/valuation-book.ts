import { decodeValued } from '../domain/valuation/codec.js';
import { stockKeyOf } from '../domain/values/identifiers.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import type { ValuationBook, ValuationEntry } from '../ports/valuation-book.js';
import { checkpointPosition, checkpointStream } from './checkpoint-stream.js';
import type { Projection } from './run.js';
import { VALUATION } from './valuation/valuation-projection.js';

const CHECKPOINTS = checkpointStream(VALUATION);

/** Folds the valuation streams into the book, and the valuers' checkpoints into how far it is. */
export class ValuationBookProjection implements Projection {
  readonly name = 'valuation-book';
  readonly isReadModel = true;
  readonly mayLag = true;
  readonly streamPrefixes = ['valuation-', CHECKPOINTS];
  private valuedUpTo: Position = START;

  constructor(
    private readonly store: EventStore,
    private readonly book: ValuationBook,
  ) {}

  async start(): Promise<Position> {
    const { position, valuedUpTo } = await this.book.open(await this.store.identity());
    this.valuedUpTo = valuedUpTo;
    return position;
  }

  async handle({ events, position }: SubscriptionBatch): Promise<void> {
    const newest = new Map<string, RecordedEvent>();
    for (const event of events) {
      if (event.stream === CHECKPOINTS) this.advance(checkpointPosition(event));
      else newest.set(event.stream, event);
    }
    const { valuedUpTo } = this;
    await this.book.save([...newest.values()].map(entryOf), { position, valuedUpTo });
  }

  /** A valuer that lags behind another writes lower positions. */
  private advance(position: Position): void {
    if (position > this.valuedUpTo) this.valuedUpTo = position;
  }
}

function entryOf({ stream, revision, data }: RecordedEvent): ValuationEntry {
  const { quantity, value, lastCost, terms } = decodeValued(data).after;
  return { ...stockKeyOf(stream), quantity, value, lastCost, method: terms.method, revision };
}
