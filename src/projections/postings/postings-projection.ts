import { decodeDelivery } from '../../domain/delivery/codec.js';
import { decodeValued, VALUED } from '../../domain/valuation/codec.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import type { DeliveryFact, PostingsBook, ValuedPostings } from '../../ports/postings-book.js';
import { valuedSince } from '../../streams/posting-reader.js';
import { checkpointPosition, checkpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';
import { VALUATION } from '../valuation/valuation-projection.js';

const CHECKPOINTS = checkpointStream(VALUATION);

/** Folds valuation and delivery streams into the book of postings. */
export class PostingsProjection implements Projection {
  readonly name = 'postings';
  readonly isReadModel = true;
  readonly mayLag = true;
  readonly streamPrefixes = ['valuation-', 'delivery-', CHECKPOINTS];
  private valuedUpTo: Position = START;

  constructor(
    private readonly store: EventStore,
    private readonly book: PostingsBook,
  ) {}

  async start(): Promise<Position> {
    const { position, valuedUpTo } = await this.book.open(await this.store.identity());
    this.valuedUpTo = valuedUpTo;
    return position;
  }

  async handle({ events, position }: SubscriptionBatch): Promise<void> {
    for (const event of events) if (event.stream === CHECKPOINTS) this.advance(checkpointPosition(event));
    const { valuedUpTo } = this;
    await this.book.save(
      events.map(factOf).filter((fact) => fact !== undefined),
      { position, valuedUpTo },
    );
  }

  /** A valuer that lags behind another writes lower positions. */
  private advance(position: Position): void {
    if (position > this.valuedUpTo) this.valuedUpTo = position;
  }
}

function factOf(recorded: RecordedEvent): ValuedPostings | DeliveryFact | undefined {
  const { stream, revision, position } = recorded;
  if (stream.startsWith('delivery-')) return { kind: 'delivery', stream, revision, event: decodeDelivery(recorded) };
  if (recorded.type !== VALUED) return undefined;
  const { postings } = decodeValued(recorded.data);
  if (postings.length === 0) return undefined;
  const refs = postings.map(({ ref }) => ref);
  return { kind: 'valued', stream, revision, position, at: valuedSince(recorded.metadata), refs };
}
