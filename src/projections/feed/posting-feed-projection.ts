import type { EventBus } from '../../ports/event-bus.js';
import type { EventStore, SubscriptionBatch } from '../../ports/event-store.js';
import { CheckpointedProjection } from '../checkpointed-projection.js';
import type { FeedEntry } from './feed-entry.js';
import { feedSource } from './feed-projection.js';
import { DELIVERY_STREAMS, postingEntry } from './posting-events.js';

/** Tells the bus of every posting that parks, and of every decision about one. */
export class PostingFeedProjection extends CheckpointedProjection {
  readonly streamPrefixes = DELIVERY_STREAMS;

  constructor(
    store: EventStore,
    private readonly bus: EventBus,
  ) {
    super(store, 'posting-feed');
  }

  protected override async take({ events }: SubscriptionBatch): Promise<void> {
    const source = feedSource(await this.store.identity());
    const entries: FeedEntry[] = [];
    for (const event of events) {
      const entry = await postingEntry(this.store, source, event);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length > 0) await this.bus.publish(entries.map(({ event }) => event));
  }
}
