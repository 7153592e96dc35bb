import { type EventStore, type Position, START, type SubscriptionBatch } from '../ports/event-store.js';
import { CheckpointStream } from './checkpoint-stream.js';
import type { Projection } from './run.js';

/**
 * A projection that keeps its place in a checkpoint stream. It says what it does with a batch; once that is done, its
 * place is behind the batch, also where nothing of its own came: else a start would have the store search through
 * everything for it.
 */
export abstract class CheckpointedProjection implements Projection {
  abstract readonly streamPrefixes: readonly string[];
  private readonly checkpoint: CheckpointStream;
  private place: Position = START;

  constructor(
    protected readonly store: EventStore,
    readonly name: string,
  ) {
    this.checkpoint = new CheckpointStream(store, name);
  }

  async start(): Promise<Position> {
    this.place = await this.checkpoint.load();
    await this.begin?.(this.place);
    return this.place;
  }

  async handle(batch: SubscriptionBatch): Promise<void> {
    await this.take(batch, this.place);
    this.place = batch.position;
    this.keepPlace();
  }

  async idle(): Promise<void> {
    await this.doWhatIsDue?.(this.place);
    this.keepPlace();
  }

  /** Before anything is taken, and again after every failure: all that lies behind the place will come. */
  protected begin?(place: Position): Promise<void> | void;

  /** Deals with what follows the place. */
  protected abstract take(batch: SubscriptionBatch, place: Position): Promise<void>;

  /** While nothing arrives: what time alone makes due. */
  protected doWhatIsDue?(place: Position): Promise<void>;

  /** A place before the oldest that was taken and is not at its end: who begins anew has to see it again. */
  protected unfinishedSince?(): Position | undefined;

  private keepPlace(): void {
    this.checkpoint.note(this.unfinishedSince?.() ?? this.place);
  }
}
