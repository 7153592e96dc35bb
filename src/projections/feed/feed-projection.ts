import type { Clock } from '../../ports/clock.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { CheckpointedProjection } from '../checkpointed-projection.js';
import { type FeedDraft, FeedFold } from './feed-fold.js';

/** The CloudEvents source of everything that comes from a store. */
export const feedSource = (storeIdentity: string): string => `/stockfold/${storeIdentity}`;

/**
 * Tells the bus what changed: of a batch, the last availability of each SKU and location, and every exception. After a
 * restart it knows no more of the holds of cells that have not changed since: their end is told with their next event.
 */
export class FeedProjection extends CheckpointedProjection {
  readonly streamPrefixes = ['stock-'];
  private fold: FeedFold | undefined;

  constructor(
    store: EventStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
  ) {
    super(store, 'feed');
  }

  /** Keeps what it knows: what has been told and comes again tells nothing. */
  protected override async begin(): Promise<void> {
    this.fold ??= new FeedFold(this.store, feedSource(await this.store.identity()));
  }

  protected override async take(batch: SubscriptionBatch): Promise<void> {
    await this.publish(await this.started().take(batch));
    if (batch.live) await this.doWhatIsDue(batch.position);
  }

  protected override doWhatIsDue(place: Position): Promise<void> {
    return this.publish(this.started().passTime(this.clock.now(), place));
  }

  private async publish({ entries, commit }: FeedDraft): Promise<void> {
    await this.bus.publish(entries.map(({ event }) => event));
    commit();
  }

  private started(): FeedFold {
    if (this.fold === undefined) throw new Error('The feed has not been started.');
    return this.fold;
  }
}
