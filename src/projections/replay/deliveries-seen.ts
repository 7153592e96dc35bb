import { decodeDelivery } from '../../domain/delivery/codec.js';
import { DELIVERY_PARTITIONS, deliveryStream, partitionOf } from '../../domain/delivery/partitions.js';
import { type DeliveryState, evolve, NO_DELIVERIES } from '../../domain/delivery/state.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import type { EventStore } from '../../ports/event-store.js';
import type { ValuationItem } from '../erp-delivery/valuation-item.js';

/** All that is on record of a connector's deliveries. */
export class DeliveriesSeen {
  /** Refs of postings that never go to the ERP. */
  readonly writtenOff = new Set<string>();
  /** The day of those that have another than their own. */
  readonly dates = new Map<string, string>();
  private readonly states: DeliveryState[] = [];

  static async read(store: EventStore, connector: string): Promise<DeliveriesSeen> {
    const seen = new DeliveriesSeen();
    for (let partition = 0; partition < DELIVERY_PARTITIONS; partition += 1) {
      seen.states.push(await seen.readPartition(store, deliveryStream(connector, partition)));
    }
    return seen;
  }

  isDelivered({ stream, revision, position }: ValuationItem): boolean {
    const state = this.states[partitionOf(stockKeyOf(stream).sku)] ?? NO_DELIVERIES;
    const standstill = state.standstills.get(stream);
    return position <= state.position && (standstill === undefined || revision < standstill.from);
  }

  private async readPartition(store: EventStore, stream: string): Promise<DeliveryState> {
    let state = NO_DELIVERIES;
    for await (const recorded of store.readStream(stream)) {
      const event = decodeDelivery(recorded);
      state = evolve(state, event, recorded.revision);
      if (event.type === 'WrittenOff') this.writtenOff.add(event.ref);
      if (event.type === 'Delivered') {
        for (const [ref, date] of Object.entries(event.dates ?? {})) this.dates.set(ref, date);
      }
    }
    return state;
  }
}
