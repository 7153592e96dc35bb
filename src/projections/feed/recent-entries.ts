import { coalesced, type FeedEntry, type FeedPlace, isBehind } from './feed-entry.js';

/** Some 20 MB at the very most. */
const MAX_REMEMBERED = 20_000;

/** The newest entries of the feed, without gaps from a place on. */
export class RecentEntries {
  private entries: FeedEntry[] = [];

  constructor(
    private beginning: FeedPlace,
    private readonly most = MAX_REMEMBERED,
  ) {}

  /** All entries behind this place are here. */
  get since(): FeedPlace {
    return this.beginning;
  }

  push(entry: FeedEntry): void {
    this.entries.push(entry);
    // Forgetting half of it at a time costs little.
    if (this.entries.length <= this.most) return;
    const forgotten = this.entries.splice(0, Math.ceil(this.most / 2)).at(-1);
    if (forgotten !== undefined) this.beginning = forgotten.place;
  }

  /** All that there is to tell behind a place, undefined when some of it is forgotten. */
  behind(place: FeedPlace): Iterable<FeedEntry> | undefined {
    if (isBehind(this.beginning, place)) return undefined;
    let first = this.entries.length;
    while (first > 0) {
      const entry = this.entries[first - 1];
      if (entry === undefined || !isBehind(entry.place, place)) break;
      first -= 1;
    }
    return coalesced(this.entries.slice(first));
  }
}
