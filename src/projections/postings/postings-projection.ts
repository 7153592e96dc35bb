import { decodeDelivery } from '../../domain/delivery/codec.js';
import { decodeValued, VALUED } from '../../domain/valuation/codec.js';
import type { EventStore, RecordedEvent } from '../../ports/event-store.js';
import type { DeliveryFact, PostingsBook, ValuedPostings } from '../../ports/postings-book.js';
import { valuedSince } from '../../streams/posting-reader.js';
import { BookProjection } from '../book-projection.js';

/** Folds valuation and delivery streams into the book of postings. */
export class PostingsProjection extends BookProjection<ValuedPostings | DeliveryFact> {
  readonly name = 'postings';

  constructor(store: EventStore, book: PostingsBook) {
    super(store, book, ['valuation-', 'delivery-']);
  }

  protected override entriesOf(events: readonly RecordedEvent[]): readonly (ValuedPostings | DeliveryFact)[] {
    return events.map(factOf).filter((fact) => fact !== undefined);
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
