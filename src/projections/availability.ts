import { STOCK_STREAMS } from '../domain/values/identifiers.js';
import type { AvailabilityStore, ReadModelStatus } from '../ports/availability-store.js';
import { ReadModelLost } from '../ports/availability-store.js';
import type { Clock } from '../ports/clock.js';
import type { EventStore, Position, SubscriptionBatch } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import type { Log } from '../ports/log.js';
import { AvailabilityFold, EventsMissing, MAX_CACHED_CELLS } from './availability/fold.js';
import { Rebuilder } from './availability/rebuilder.js';
import type { Projection } from './run.js';

/** Keeps the availability read model level with the stock streams, and looks after its rebuilds. */
export class AvailabilityProjection implements Projection {
  readonly name = 'availability';
  readonly isReadModel = true;
  readonly streamPrefixes = STOCK_STREAMS;
  private readonly fold: AvailabilityFold;
  private readonly rebuilder: Rebuilder;
  private position = START;

  constructor(
    private readonly events: EventStore,
    private readonly model: AvailabilityStore,
    private readonly clock: Clock,
    maxCachedCells = MAX_CACHED_CELLS,
  ) {
    this.fold = new AvailabilityFold(model, clock, maxCachedCells);
    this.rebuilder = new Rebuilder(events, model, clock, maxCachedCells);
  }

  async start(): Promise<Position> {
    this.fold.clear();
    const identity = await this.events.identity();
    this.position = await this.model.open(identity, await this.events.head(STOCK_STREAMS));
    return this.position;
  }

  async handle(batch: SubscriptionBatch): Promise<void> {
    try {
      await this.write(() => this.fold.take(batch));
    } catch (error) {
      if (!(error instanceof EventsMissing)) throw error;
      await this.model.discard();
      throw new ReadModelLost(error.message);
    }
    this.position = batch.position;
  }

  async idle(): Promise<void> {
    await this.write(() => this.model.save([], { position: this.position, asOf: this.clock.now() }));
  }

  beside(signal: AbortSignal, log: Log): Promise<void> {
    return this.rebuilder.run(signal, log);
  }

  rebuild(): Promise<void> {
    return this.rebuilder.begin();
  }

  modelStatus(): Promise<ReadModelStatus> {
    return this.model.status();
  }

  /** When a rebuilt generation has taken the place of the one opened, and is no less far, it is written to instead. */
  private async write(work: () => Promise<void>): Promise<void> {
    const { position } = this;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ReadModelLost) || (await this.start()) < position) throw error;
      this.position = position;
      await work();
    }
  }
}
