import type { DeliveryHappening } from '../../domain/delivery/events.js';
import { type DeliveryState, NO_DELIVERIES } from '../../domain/delivery/state.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { appendDeliveries, loadDeliveries, readOn } from '../../streams/delivery-streams.js';

/** Another poster has delivered this partition meanwhile; what it did has to be read first. */
export class FencedOff extends Error {
  override readonly name = 'FencedOff';
}

/** What only a poster writes; people write beside it at any time. */
const POSTERS_OWN = ['Delivered', 'Deferred', 'Parked'] as const;

/** What has been done in one partition, as its stream says. */
export class PartitionLog {
  state: DeliveryState = NO_DELIVERIES;

  constructor(
    private readonly store: EventStore,
    readonly stream: string,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<void> {
    this.state = await loadDeliveries(this.store, this.stream);
  }

  /** Takes in what people have decided. */
  async readOn(): Promise<void> {
    this.state = (await readOn(this.store, this.stream, this.state)).state;
  }

  /** @throws FencedOff: load again before the next record */
  async record(happenings: readonly DeliveryHappening[], upTo: Position): Promise<void> {
    if (happenings.length === 0) return;
    while (true) {
      const position = upTo > this.state.position ? upTo : this.state.position;
      const record = { happenings, position, at: this.clock.now() };
      const after = await appendDeliveries(this.store, this.stream, this.state, record);
      if (after !== undefined) {
        this.state = after.state;
        return;
      }
      const { state, types } = await readOn(this.store, this.stream, this.state);
      if (POSTERS_OWN.some((type) => types.has(type)))
        throw new FencedOff(`Another poster delivers to ${this.stream}.`);
      this.state = state;
    }
  }
}
