import type { ValuationPlace } from '../domain/delivery/events.js';
import { decodeValued } from '../domain/valuation/codec.js';
import type { Posting, ValuationSource } from '../domain/valuation/events.js';
import { type StockKey, stockKeyOf } from '../domain/values/identifiers.js';
import { type Instant, storedInstant } from '../domain/values/instant.js';
import type { EventStore } from '../ports/event-store.js';

/** A posting and the valuation that made it. */
export interface PostingRecord {
  readonly key: StockKey;
  readonly posting: Posting;
  readonly source: ValuationSource;
  readonly occurredAt: Instant | undefined;
}

/** Reads one posting where the book says that it is; undefined when it is not there. */
export async function readPosting(
  store: EventStore,
  { stream, revision }: ValuationPlace,
  part: number,
): Promise<PostingRecord | undefined> {
  for await (const { data, metadata } of store.readStream(stream, { from: revision, maxCount: 1 })) {
    const { postings, source } = decodeValued(data);
    const posting = postings[part];
    const { occurredAt } = metadata;
    const at = typeof occurredAt === 'string' ? storedInstant(occurredAt) : undefined;
    return posting === undefined ? undefined : { key: stockKeyOf(stream), posting, source, occurredAt: at };
  }
  return undefined;
}
