import type { StockKey } from '../../domain/values/identifiers.js';
import type { CloudEvent } from '../../ports/event-bus.js';
import type { Position } from '../../ports/event-store.js';
import type { FeedEventName } from './feed-events.js';

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
  readonly name: FeedEventName;
  readonly event: CloudEvent;
}

/** No entry that an event causes has an index as high as this. */
const LAST_INDEX = 9_999;

/** Behind all that the events up to a position cause. */
export const behind = (position: Position): FeedPlace => ({ position, noticedAt: 0, index: LAST_INDEX });

/** Whether a place lies behind another. */
export function isBehind(place: FeedPlace, other: FeedPlace): boolean {
  if (place.position !== other.position) return place.position > other.position;
  if (place.noticedAt !== other.noticedAt) return place.noticedAt > other.noticedAt;
  return place.index > other.index;
}
