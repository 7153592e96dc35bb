import { decodeValued } from '../domain/valuation/codec.js';
import { stockKeyOf } from '../domain/values/identifiers.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import type { ValuationBook, ValuationEntry } from '../ports/valuation-book.js';
import { BookProjection } from './book-projection.js';

/** Folds the valuation streams into the book of what stock is worth. */
export class ValuationBookProjection extends BookProjection<ValuationEntry> {
  readonly name = 'valuation-book';

  constructor(store: EventStore, book: ValuationBook) {
    super(store, book, ['valuation-']);
  }

  /** The newest event of a stream says all. */
  protected override entriesOf(events: readonly RecordedEvent[]): readonly ValuationEntry[] {
    const newest = new Map(events.map((event) => [event.stream, event]));
    return [...newest.values()].map(entryOf);
  }
}

function entryOf({ stream, revision, data }: RecordedEvent): ValuationEntry {
  const { quantity, value, lastCost, terms } = decodeValued(data).after;
  return { ...stockKeyOf(stream), quantity, value, lastCost, method: terms.method, revision };
}
