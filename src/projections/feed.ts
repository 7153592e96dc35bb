import type { StockCell } from '../domain/availability/cell.js';
import { availableAt, evolveCell, NO_CELL, reservedAt } from '../domain/availability/cell.js';
import { decodeStockEvent } from '../domain/stock/codec.js';
import { type StockKey, stockKeyOf } from '../domain/values/identifiers.js';
import { formatInstant } from '../domain/values/instant.js';
import type { AvailabilityStore } from '../ports/availability-store.js';
import type { Clock } from '../ports/clock.js';
import type { CloudEvent, EventBus } from '../ports/event-bus.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import { CheckpointStream } from './checkpoint-stream.js';
import type { Projection } from './run.js';

/** What a batch did to one SKU at one location. */
interface Change {
  readonly key: StockKey;
  /** In order, at least one. */
  readonly events: RecordedEvent[];
}

/**
 * Tells the bus what changed: one event per SKU and location of a batch, with the last state. An id names the revision
 * it shows, so repeats are recognised; whoever listens keeps the highest revision.
 */
export class FeedProjection implements Projection {
  readonly name = 'feed';
  readonly streamPrefixes = ['stock-'];
  private source = '';
  private readonly checkpoint: CheckpointStream;
  private dealtWith: Position = START;

  constructor(
    private readonly events: EventStore,
    private readonly model: AvailabilityStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
  ) {
    this.checkpoint = new CheckpointStream(events, this.name);
  }

  async start(): Promise<Position> {
    this.source = `/stockfold/${await this.events.identity()}`;
    this.dealtWith = await this.checkpoint.load();
    return this.dealtWith;
  }

  async handle({ events, position }: SubscriptionBatch): Promise<void> {
    const changes = byCell(events);
    const cells = await this.cells(changes);
    await this.bus.publish(changes.map((change, index) => this.changed(change, cells[index] ?? NO_CELL)));
    this.dealtWith = position;
    this.checkpoint.note(position);
  }

  async idle(): Promise<void> {
    this.checkpoint.note(this.dealtWith);
  }

  /** The state of each cell after its change, or a newer one. */
  private async cells(changes: readonly Change[]): Promise<readonly StockCell[]> {
    const skus = [...new Set(changes.map(({ key }) => key.sku))];
    const { items } = await this.model.read(skus);
    const documents = new Map(items.map((document) => [document?.sku, document]));
    return Promise.all(
      changes.map((change) => this.after(change, documents.get(change.key.sku)?.cells.get(change.key.location))),
    );
  }

  /** The read model may be ahead of this batch or behind it: what it lacks is in the stream. */
  private async after({ events }: Change, cell: StockCell = NO_CELL): Promise<StockCell> {
    const [first] = events;
    let state = cell;
    if (first !== undefined && first.revision > state.revision + 1) {
      const missing = { from: state.revision + 1, maxCount: first.revision - state.revision - 1 };
      for await (const event of this.events.readStream(first.stream, missing)) state = evolve(state, event);
    }
    return events.reduce(evolve, state);
  }

  private changed({ key, events }: Change, cell: StockCell): CloudEvent {
    const now = this.clock.now();
    return {
      id: `${key.sku}@${key.location}/${cell.revision}`,
      source: this.source,
      type: 'stockfold.availability-changed.v1',
      subject: `availability/${key.location}/${key.sku}`,
      time: String(events.at(-1)?.metadata.recordedAt ?? formatInstant(now)),
      data: {
        ...key,
        available: availableAt(cell, now),
        onHand: cell.onHand.sellable,
        reserved: reservedAt(cell, now),
        quarantine: cell.onHand.quarantine,
        damaged: cell.onHand.damaged,
        revision: cell.revision,
      },
    };
  }
}

const evolve = (cell: StockCell, event: RecordedEvent): StockCell =>
  evolveCell(cell, decodeStockEvent(event), event.revision);

function byCell(events: readonly RecordedEvent[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const event of events) {
    const change = changes.get(event.stream);
    if (change === undefined) changes.set(event.stream, { key: stockKeyOf(event.stream), events: [event] });
    else change.events.push(event);
  }
  return [...changes.values()];
}
