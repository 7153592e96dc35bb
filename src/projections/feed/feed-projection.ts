import type { Clock } from '../../ports/clock.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';
import { type FeedDraft, FeedFold } from './feed-fold.js';

/** The CloudEvents source of everything that comes from a store. */
export const feedSource = (storeIdentity: string): string => `/stockfold/${storeIdentity}`;

/**
 * Tells the bus what changed: of a batch, the last availability of each SKU and location, and every exception. After a
 * restart it knows no more of the holds of cells that have not changed since: their end is told with their next event.
 */
export class FeedProjection implements Projection {
  readonly name = 'feed';
  readonly streamPrefixes = ['stock-'];
  private readonly checkpoint: CheckpointStream;
  private dealtWith: Position = START;
  private fold: FeedFold | undefined;

  constructor(
    private readonly events: EventStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
  ) {
    this.checkpoint = new CheckpointStream(events, this.name);
  }

  /** The checkpoint, or what this process has dealt with already, which may be more. */
  async start(): Promise<Position> {
    this.fold ??= new FeedFold(this.events, feedSource(await this.events.identity()));
    const written = await this.checkpoint.load();
    if (written > this.dealtWith) this.dealtWith = written;
    return this.dealtWith;
  }

  async handle(batch: SubscriptionBatch): Promise<void> {
    await this.publish(await this.started().take(batch));
    this.dealtWith = batch.position;
    if (batch.live) await this.tellWhatTimeChanged();
    this.checkpoint.note(batch.position);
  }

  async idle(): Promise<void> {
    await this.tellWhatTimeChanged();
    this.checkpoint.note(this.dealtWith);
  }

  private tellWhatTimeChanged(): Promise<void> {
    return this.publish(this.started().passTime(this.clock.now(), this.dealtWith));
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
