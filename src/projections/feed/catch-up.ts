import type { EventStore, Position, ReadAllOptions, RecordedEvent } from '../../ports/event-store.js';
import type { Log } from '../../ports/log.js';
import { beginningOf, behind, type FeedEntry, type FeedPlace, isBehind } from './feed-entry.js';
import { FeedFold } from './feed-fold.js';
import type { FeedReader } from './feed-reader.js';

const EVENTS_A_PAGE = 500;
const MAX_CELLS = 20_000;
/** Readers who come while these are under way are served together by the next. */
const RUNS_AT_ONCE = 2;

/** The feed that readers go over to once they have caught up. */
export interface LiveSide {
  /** Takes a reader in if it remembers all behind the reader's place; says whether it did. */
  join(reader: FeedReader): boolean;
  /** Behind this position there are no more events that a reader could read. */
  reachedEnd(reader: FeedReader, position: Position): void;
  /** Learns what only a fold that has come so far knows. */
  adopt(fold: FeedFold, upTo: Position): void;
}

/** Reads from the streams what the live feed no longer remembers, for all readers who wait for it together. */
export class CatchUp {
  private readonly waiting = new Set<FeedReader>();
  private runs = 0;

  constructor(
    private readonly store: EventStore,
    private readonly source: () => string,
    private readonly streamPrefixes: readonly string[],
    private readonly live: LiveSide,
    private readonly log: Log,
  ) {}

  add(reader: FeedReader): void {
    this.waiting.add(reader);
    if (this.runs < RUNS_AT_ONCE) void this.run();
  }

  delete(reader: FeedReader): void {
    this.waiting.delete(reader);
  }

  private async run(): Promise<void> {
    this.runs += 1;
    // Those who come in the same turn of the event loop go together.
    await Promise.resolve();
    while (this.waiting.size > 0) {
      const group = new Set(this.waiting);
      this.waiting.clear();
      try {
        await this.serve(group);
      } catch (error) {
        this.log.warn('feed readers are sent away: the streams cannot be read', { error: String(error) });
        // They come again with the place they have got to.
        for (const reader of group) reader.end();
      }
    }
    this.runs -= 1;
  }

  private async serve(group: Set<FeedReader>): Promise<void> {
    const fold = new FeedFold(this.store, this.source(), MAX_CELLS);
    const place = earliest(group);
    let beginning = beginningOf(place);
    let after = place.position;
    while (group.size > 0) {
      const events = await this.page(beginning);
      const { entries, commit } = await fold.take({ events });
      commit();
      after = events.at(-1)?.position ?? after;
      beginning = { after };
      for (const reader of group) {
        offerAll(reader, entries);
        // Who is full goes on from where it stands once it has taken all of that.
        if (reader.ended || reader.isFull) group.delete(reader);
        else {
          reader.moveTo(behind(after));
          if (events.length === 0) this.live.reachedEnd(reader, after);
          if (this.live.join(reader)) group.delete(reader);
        }
      }
    }
    this.live.adopt(fold, after);
  }

  private async page(beginning: Pick<ReadAllOptions, 'after' | 'from'>): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    const page = { ...beginning, streamPrefixes: this.streamPrefixes, maxCount: EVENTS_A_PAGE };
    for await (const event of this.store.readAll(page)) events.push(event);
    return events;
  }
}

function offerAll(reader: FeedReader, entries: readonly FeedEntry[]): void {
  for (const entry of entries) {
    if (reader.isFull) return;
    reader.offer(entry);
  }
}

function earliest(readers: Iterable<FeedReader>): FeedPlace {
  const [first, ...others] = readers;
  if (first === undefined) throw new Error('Nobody wants to catch up.');
  let { place } = first;
  for (const reader of others) if (isBehind(place, reader.place)) place = reader.place;
  return place;
}
