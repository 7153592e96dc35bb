import type { ValuationPlace } from '../domain/delivery/events.js';
import { decodeValued, VALUED } from '../domain/valuation/codec.js';
import type { Posting, ValuationSource } from '../domain/valuation/events.js';
import { type StockKey, stockKeyOf } from '../domain/values/identifiers.js';
import { type Instant, storedInstant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';

/** A posting and the valuation that made it. */
export interface PostingRecord {
  readonly key: StockKey;
  readonly posting: Posting;
  readonly source: ValuationSource;
  /** When its movement was recorded: since then it waits, however late it was recorded. */
  readonly recordedAt: Instant;
}

/** The postings that an event makes; none of one that makes none. */
export const postingsIn = ({ type, data }: RecordedEvent): readonly Posting[] =>
  type === VALUED ? decodeValued(data).postings : [];

/** Reads one posting where the book says that it is; undefined when it is not there. */
export async function readPosting(
  store: EventStore,
  { stream, revision }: ValuationPlace,
  part: number,
): Promise<PostingRecord | undefined> {
  for await (const { data, metadata } of store.readStream(stream, { from: revision, maxCount: 1 })) {
    const { postings, source } = decodeValued(data);
    const posting = postings[part];
    return posting === undefined
      ? undefined
      : { key: stockKeyOf(stream), posting, source, recordedAt: valuedSince(metadata) };
  }
  return undefined;
}

/** When the movement that a valuation is of was recorded; of valuations that do not say it yet, when it happened. */
export function valuedSince({ recordedAt, occurredAt }: JsonObject): Instant {
  const text = recordedAt ?? occurredAt;
  return typeof text === 'string' ? storedInstant(text) : 0;
}
