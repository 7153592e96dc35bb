import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import type { Log } from '../../ports/log.js';
import { type Projection, ProjectionRunner } from '../run.js';
import { behind, type FeedEntry, type FeedPlace } from './feed-entry.js';
import { feedSource } from './feed-projection.js';
import { type FeedFilter, FeedReader } from './feed-reader.js';
import { UnknownPlace } from './live-feed.js';
import { DELIVERY_STREAMS, postingEntry } from './posting-events.js';

const LOOK_FOR_ROOM_MS = 50;

/** What becomes of postings that wait for a person, for readers who follow the delivery streams each on its own. */
export class PostingFeed {
  private readonly following = new Map<FeedReader, ProjectionRunner>();

  constructor(
    private readonly events: EventStore,
    private readonly log: Log,
  ) {}

  get size(): number {
    return this.following.size;
  }

  /** As the live feed of stock. @throws UnknownPlace, EventStoreUnavailable */
  async open(filter: FeedFilter, after?: FeedPlace): Promise<FeedReader> {
    const head = await this.events.head(DELIVERY_STREAMS);
    if (after !== undefined && after.position > head && after.position > (await this.events.end())) {
      throw new UnknownPlace('Nothing has happened there yet.');
    }
    const reader = new FeedReader(filter, after ?? behind(head));
    const follower = new Follower(this.events, feedSource(await this.events.identity()), reader);
    const runner = new ProjectionRunner(this.events, follower, this.log);
    this.following.set(reader, runner);
    runner.start();
    return reader;
  }

  take(reader: FeedReader, most: number): readonly FeedEntry[] {
    return reader.take(most);
  }

  placeOf(reader: FeedReader): FeedPlace | undefined {
    return reader.isEmpty ? reader.place : undefined;
  }

  close(reader: FeedReader): void {
    reader.end();
    void this.following.get(reader)?.stop();
    this.following.delete(reader);
  }

  /** Sends everybody away. */
  async stop(): Promise<void> {
    const runners = [...this.following.values()];
    for (const reader of [...this.following.keys()]) this.close(reader);
    await Promise.all(runners.map((runner) => runner.stop()));
  }
}

/** One reader's way through the delivery streams, no faster than it takes what it is offered. */
class Follower implements Projection {
  readonly name = 'posting-feed';
  readonly streamPrefixes = DELIVERY_STREAMS;

  constructor(
    private readonly store: EventStore,
    private readonly source: string,
    private readonly reader: FeedReader,
  ) {}

  async start(): Promise<Position> {
    // No event causes more than one entry: the one at this place has been told.
    return this.reader.place.position;
  }

  async handle({ events, position }: SubscriptionBatch): Promise<void> {
    for (const event of events) {
      const entry = await postingEntry(this.store, this.source, event);
      if (entry === undefined) continue;
      while (this.reader.isFull && !this.reader.ended) await sleep(LOOK_FOR_ROOM_MS);
      this.reader.offer(entry);
    }
    this.reader.moveTo(behind(position));
  }
}
