import { type Sku, STOCK_STREAMS, stockStream } from '../../domain/values/identifiers.js';
import type { AvailabilityStore } from '../../ports/availability-store.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import type { Log } from '../../ports/log.js';
import { type Projection, ProjectionRunner } from '../run.js';
import { Audience } from './audience.js';
import { CatchUp } from './catch-up.js';
import { timelineOf } from './cell-timeline.js';
import { behind, type FeedEntry, type FeedPlace, isBehind } from './feed-entry.js';
import { type FeedDraft, FeedFold } from './feed-fold.js';
import { feedSource } from './feed-projection.js';
import { type FeedFilter, FeedReader } from './feed-reader.js';
import { RecentEntries } from './recent-entries.js';

/** Nobody has listened for so long: nothing is followed until somebody comes. */
const LINGER_MS = 60_000;

/** The place asked for lies ahead of everything that has ever happened. */
export class UnknownPlace extends Error {
  override readonly name = 'UnknownPlace';
}

/**
 * The feed for all readers of this process. While somebody listens it follows the streams, once for everybody; who
 * comes back finds what it has missed in memory or, further back, in the streams.
 */
export class LiveFeed {
  private readonly readers = new Set<FeedReader>();
  private readonly audience = new Audience();
  private readonly catchUp: CatchUp;
  private following: Promise<Following> | undefined;
  private current: Following | undefined;
  private leaving: NodeJS.Timeout | undefined;
  private source = '';

  constructor(
    private readonly events: EventStore,
    private readonly model: AvailabilityStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const live = {
      join: (reader: FeedReader) => this.join(reader),
      reachedEnd: (reader: FeedReader, position: Position) => this.reachedEnd(reader, position),
      adopt: (fold: FeedFold, upTo: Position) => this.adopt(fold, upTo),
    };
    this.catchUp = new CatchUp(events, () => this.source, STOCK_STREAMS, live, log);
  }

  get size(): number {
    return this.readers.size;
  }

  /**
   * @param after where the reader has got to; it hears from now on when absent
   * @throws UnknownPlace, EventStoreUnavailable
   */
  async open(filter: FeedFilter, after?: FeedPlace): Promise<FeedReader> {
    const { place } = await this.follow();
    if (after !== undefined && after.position > place.position) await this.assertReached(after.position);
    const reader = new FeedReader(filter, after ?? this.current?.place ?? place);
    this.readers.add(reader);
    this.goOn(reader);
    if (filter.skus !== undefined) void this.learnOf([...filter.skus]);
    return reader;
  }

  /** The next entries for a reader, at most so many. */
  take(reader: FeedReader, most: number): readonly FeedEntry[] {
    const wasFull = reader.isFull;
    const entries = reader.take(most);
    if (wasFull && !reader.isFull) this.goOn(reader);
    return entries;
  }

  /** Where a reader stands who has taken all there is for it; undefined when there is more. */
  placeOf(reader: FeedReader): FeedPlace | undefined {
    if (!reader.isEmpty) return undefined;
    return this.audience.has(reader) ? this.current?.place : reader.place;
  }

  close(reader: FeedReader): void {
    reader.end();
    this.readers.delete(reader);
    this.audience.delete(reader);
    this.catchUp.delete(reader);
    if (this.readers.size === 0 && this.leaving === undefined) {
      this.leaving = setTimeout(() => this.leave(), LINGER_MS).unref();
    }
  }

  /** Sends everybody away. */
  async stop(): Promise<void> {
    for (const reader of [...this.readers]) this.close(reader);
    await this.leave();
  }

  /**
   * Holds that began before anybody listened would end unheard. Those of the SKUs that a reader names need not: the
   * read model says where there are any. Without it, they are heard of with the next event of their cell.
   */
  private async learnOf(skus: readonly Sku[]): Promise<void> {
    try {
      const { items } = await this.model.read(skus);
      for (const { sku, cells } of items.filter((item) => item !== undefined)) {
        for (const [location, cell] of cells) {
          const hasMore = Number.isFinite(timelineOf(cell, this.clock.now()).nextMoment);
          if (hasMore) await this.current?.learn(stockStream({ sku, location }));
        }
      }
    } catch (error) {
      this.log.warn('the ends of earlier holds may go unheard', { error: String(error) });
    }
  }

  private async follow(): Promise<Following> {
    clearTimeout(this.leaving);
    this.leaving = undefined;
    this.following ??= this.begin();
    try {
      return await this.following;
    } catch (error) {
      this.following = undefined;
      throw error;
    }
  }

  private async begin(): Promise<Following> {
    this.source = feedSource(await this.events.identity());
    const head = await this.events.head(STOCK_STREAMS);
    const fold = new FeedFold(this.events, this.source);
    this.current = new Following(fold, head, this.clock, this.audience, this.events, this.log);
    return this.current;
  }

  private async leave(): Promise<void> {
    this.leaving = undefined;
    const left = this.current;
    this.current = undefined;
    this.following = undefined;
    await left?.stop();
  }

  private async assertReached(position: Position): Promise<void> {
    if (position > (await this.events.end())) throw new UnknownPlace('Nothing has happened there yet.');
  }

  /** Offers a reader what it has missed, from memory or from the streams. */
  private goOn(reader: FeedReader): void {
    if (reader.ended || this.join(reader)) return;
    this.catchUp.add(reader);
  }

  /** False when the reader has missed more than is remembered. */
  private join(reader: FeedReader): boolean {
    const missed = this.current?.recent.behind(reader.place);
    if (missed === undefined) return false;
    for (const entry of missed) {
      reader.offer(entry);
      if (reader.isFull) return true;
    }
    this.audience.add(reader);
    return true;
  }

  /** What time alone has changed and memory has lost is not in the streams: the reader goes on behind it. */
  private reachedEnd(reader: FeedReader, position: Position): void {
    const since = this.current?.recent.since;
    if (since !== undefined && since.position <= position) reader.moveTo(since);
  }

  private adopt(fold: FeedFold, upTo: Position): void {
    // What the live feed has yet to tell must not look as if it had been told.
    if (this.current !== undefined && this.current.place.position >= upTo) this.current.fold.adopt(fold);
  }
}

/** The feed from the head of the streams on. */
class Following implements Projection {
  readonly name = 'live-feed';
  readonly streamPrefixes = STOCK_STREAMS;
  readonly recent: RecentEntries;
  place: FeedPlace;
  private position: Position;
  private readonly runner: ProjectionRunner;

  constructor(
    readonly fold: FeedFold,
    head: Position,
    private readonly clock: Clock,
    private readonly audience: Audience,
    events: EventStore,
    log: Log,
  ) {
    this.position = head;
    this.place = behind(head);
    this.recent = new RecentEntries(this.place);
    this.runner = new ProjectionRunner(events, this, log);
    this.runner.start();
  }

  stop(): Promise<void> {
    return this.runner.stop();
  }

  async learn(stream: string): Promise<void> {
    if (!this.fold.knows(stream)) await this.fold.learn(stream, this.position);
  }

  async start(): Promise<Position> {
    return this.position;
  }

  async handle(batch: SubscriptionBatch): Promise<void> {
    this.tell(await this.fold.take(batch));
    this.position = batch.position;
    this.moveTo(behind(this.position));
    if (batch.live) await this.idle();
  }

  async idle(): Promise<void> {
    this.tell(this.fold.passTime(this.clock.now(), this.position));
  }

  private tell({ entries, commit }: FeedDraft): void {
    commit();
    for (const entry of entries) {
      this.moveTo(entry.place);
      this.recent.push(entry);
      this.audience.offer(entry);
    }
  }

  private moveTo(place: FeedPlace): void {
    if (isBehind(place, this.place)) this.place = place;
  }
}
