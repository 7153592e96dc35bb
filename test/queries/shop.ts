import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { ReportedMovement, StockCommand } from '../../src/domain/stock/commands.js';
import type { LocationId, Sku } from '../../src/domain/values/identifiers.js';
import { stockStream } from '../../src/domain/values/identifiers.js';
import { type AvailabilityAnswer, ReadModelUnavailable } from '../../src/ports/availability-store.js';
import type { Position } from '../../src/ports/event-store.js';
import { AvailabilityProjection } from '../../src/projections/availability.js';
import { Cells } from '../../src/queries/availability/cells.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import { FixedClock } from '../support/fixed-clock.js';
import { at } from '../support/given-stock.js';

export const sku = (text: string): Sku => text as Sku;
export const place = (text: string): LocationId => text as LocationId;
/** All that a caller with every right asks about. */
export const everywhere = { maySee: () => true };
export const only = (...locations: string[]) => ({ maySee: () => true, only: new Set(locations.map(place)) });

/** The read model, which may be away or say nothing at all. */
class TroubledModel extends MemoryAvailabilityStore {
  trouble: 'none' | 'away' | 'hung' = 'none';

  override atHand(skus: readonly Sku[]): AvailabilityAnswer | undefined {
    return this.trouble === 'none' ? super.atHand(skus) : undefined;
  }

  override async read(skus: readonly Sku[]): Promise<AvailabilityAnswer> {
    if (this.trouble === 'away') throw new ReadModelUnavailable('The read model is away.');
    if (this.trouble === 'hung') return new Promise(() => undefined);
    return super.read(skus);
  }
}

/** One instance with its streams and its read model, without HTTP. */
export class Shop {
  readonly clock = new FixedClock(at('12:00'));
  readonly events = new MemoryEventStore();
  readonly model = new TroubledModel();
  readonly streams = new StockTransactor(stockStreams, this.events, this.clock, { soleWriter: false });
  readonly cells = new Cells(this.model, this.streams, this.events, this.clock);
  private readonly projection = new AvailabilityProjection(this.events, this.model, this.clock);

  /** Lets something happen at a location. @returns the position of the newest event of the stream */
  async tell(skuText: string, location: string, ...told: (ReportedMovement | StockCommand)[]): Promise<Position> {
    const stream = stockStream({ sku: sku(skuText), location: place(location) });
    for (const one of told) {
      const isFact = 'occurredAt' in one;
      const command: StockCommand = isFact ? { type: 'record-movement', movement: one } : one;
      await this.streams.execute(stream, command, { actor: 'test', correlationId: 'test' });
    }
    return this.streams.read(stream, ({ position }) => position);
  }

  /** Brings the read model level with the streams. */
  async level(): Promise<void> {
    const after = await this.projection.start();
    const events = [];
    for await (const event of this.events.readAll({ after, streamPrefixes: ['stock-'] })) events.push(event);
    await this.projection.handle({ events, position: await this.events.head(['stock-']), live: true });
  }
}
