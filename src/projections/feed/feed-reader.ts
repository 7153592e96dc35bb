import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { cellOf, type FeedEntry, type FeedPlace, isBehind } from './feed-entry.js';

/** What a reader wants to hear, and may. */
export interface FeedFilter {
  /** All when absent. */
  readonly skus?: ReadonlySet<Sku>;
  readonly names?: ReadonlySet<FeedEntry['name']>;
  readonly includes: (location: LocationId) => boolean;
}

const MAX_PENDING = 1_000;

/**
 * What waits for one reader, bounded: newer availability of a SKU at a location takes the place of older one, and a
 * reader who has too much waiting gets nothing more before it has taken that; nothing is lost by it.
 */
export class FeedReader {
  private readonly pending = new Map<string, FeedEntry>();
  private wake: (() => void) | undefined;
  private isEnded = false;
  private overflowed = false;

  constructor(
    readonly filter: FeedFilter,
    /** All entries up to here have been offered. While the reader is live, more may have been that it did not want. */
    public place: FeedPlace,
  ) {}

  get ended(): boolean {
    return this.isEnded;
  }

  /** True from when too much waits until all of it has been taken: it is to be offered nothing meanwhile. */
  get isFull(): boolean {
    return this.overflowed;
  }

  get isEmpty(): boolean {
    return this.pending.size === 0;
  }

  /** An entry that it has been offered before, or does not want, is no more than a step on its way. */
  offer(entry: FeedEntry): void {
    if (!isBehind(entry.place, this.place)) return;
    this.place = entry.place;
    if (!this.wants(entry)) return;
    const key = entry.name === 'availability-changed' ? cellOf(entry) : entry.event.id;
    // Re-inserting keeps what waits in the order of the feed.
    this.pending.delete(key);
    this.pending.set(key, entry);
    this.overflowed = this.pending.size >= MAX_PENDING;
    this.wake?.();
  }

  moveTo(place: FeedPlace): void {
    if (isBehind(place, this.place)) this.place = place;
  }

  /** The next entries in the order of the feed, at most so many. */
  take(most: number): readonly FeedEntry[] {
    const taken: FeedEntry[] = [];
    for (const [key, entry] of this.pending) {
      if (taken.length === most) break;
      taken.push(entry);
      this.pending.delete(key);
    }
    if (this.pending.size === 0) this.overflowed = false;
    return taken;
  }

  /** Resolves when there is something to take, when it has ended, or after so long. */
  async ready(timeoutMs: number): Promise<void> {
    if (this.isEnded || this.pending.size > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  end(): void {
    this.isEnded = true;
    this.wake?.();
  }

  private wants({ key, name }: FeedEntry): boolean {
    const { skus, names, includes } = this.filter;
    return (skus?.has(key.sku) ?? true) && (names?.has(name) ?? true) && includes(key.location);
  }
}
