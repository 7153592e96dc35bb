import type { StockKey } from '../../domain/values/identifiers.js';
import type { CloudEvent } from '../../ports/event-bus.js';
import { type Position, type ReadAllOptions, START } from '../../ports/event-store.js';
import type { FeedEventName } from './feed-events.js';
import type { PostingEventName } from './posting-event-names.js';

/**
 * A place in the feed: whoever has all entries up to it goes on behind it. What events cause stands at their position;
 * what time alone causes stands behind all events that had been dealt with when it was noticed.
 */
export interface FeedPlace {
  readonly position: Position;
  /** When it was noticed that time had passed, in milliseconds since 1970; 0 for what an event causes. */
  readonly noticedAt: number;
  readonly index: number;
}

export interface FeedEntry {
  readonly place: FeedPlace;
  readonly key: StockKey;
  readonly name: FeedEventName | PostingEventName;
  readonly event: CloudEvent;
}

/** No entry that an event causes has an index as high as this. */
const LAST_INDEX = 9_999;

/** Behind all that the events up to a position cause. */
export const behind = (position: Position): FeedPlace => ({ position, noticedAt: 0, index: LAST_INDEX });

/** From where to read the events that cause what lies behind a place: one event may cause several entries. */
export const beginningOf = ({ position, noticedAt, index }: FeedPlace): Pick<ReadAllOptions, 'after' | 'from'> =>
  noticedAt > 0 || index >= LAST_INDEX || position === START ? { after: position } : { from: position };

/** Whether a place lies behind another. */
export function isBehind(place: FeedPlace, other: FeedPlace): boolean {
  if (place.position !== other.position) return place.position > other.position;
  if (place.noticedAt !== other.noticedAt) return place.noticedAt > other.noticedAt;
  return place.index > other.index;
}

/** The SKU and location that an entry is about, as text. */
export const cellOf = ({ key }: FeedEntry): string => `${key.sku}@${key.location}`;

/** Without the availability that a later entry of the same cell shows anew. */
export function coalesced(entries: readonly FeedEntry[]): readonly FeedEntry[] {
  const newest = new Map<string, FeedEntry>();
  for (const entry of entries) if (entry.name === 'availability-changed') newest.set(cellOf(entry), entry);
  return entries.filter((entry) => entry.name !== 'availability-changed' || newest.get(cellOf(entry)) === entry);
}
