import type { EventBus } from '../../ports/event-bus.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';
import type { FeedEntry } from './feed-entry.js';
import { feedSource } from './feed-projection.js';
import { DELIVERY_STREAMS, postingEntry } from './posting-events.js';

/** Tells the bus of every posting that parks, and of every decision about one. */
export class PostingFeedProjection implements Projection {
  readonly name = 'posting-feed';
  readonly streamPrefixes = DELIVERY_STREAMS;
  private readonly checkpoint: CheckpointStream;
  private dealtWith: Position = START;

  constructor(
    private readonly events: EventStore,
    private readonly bus: EventBus,
  ) {
    this.checkpoint = new CheckpointStream(events, this.name);
  }

  async start(): Promise<Position> {
    this.dealtWith = await this.checkpoint.load();
    return this.dealtWith;
  }

  async handle({ events, position }: SubscriptionBatch): Promise<void> {
    const source = feedSource(await this.events.identity());
    const entries: FeedEntry[] = [];
    for (const event of events) {
      const entry = await postingEntry(this.events, source, event);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length > 0) await this.bus.publish(entries.map(({ event }) => event));
    this.dealtWith = position;
    this.checkpoint.note(position);
  }

  async idle(): Promise<void> {
    this.checkpoint.note(this.dealtWith);
  }
}
