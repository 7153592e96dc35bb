import type { DeliveryEvent } from '../../domain/delivery/events.js';
import { decodeDelivery } from '../../domain/delivery/events.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';

/** Where a valuation stream stands still until a person has decided. */
export interface OpenParked {
  /** Revision of the parked valuation: it and all behind it are held back. */
  readonly valuationRevision: number;
  /** Revision of the `Parked` event. */
  readonly since: number;
}

/** What a poster needs to know of a delivery stream. */
export interface PartitionState {
  /** -1 when the stream does not exist. */
  readonly revision: number;
  readonly position: Position;
  /** By valuation stream. */
  readonly parked: ReadonlyMap<string, OpenParked>;
}

export const NO_DELIVERIES: PartitionState = { revision: -1, position: START, parked: new Map() };

export function evolve(state: PartitionState, event: DeliveryEvent, revision: number): PartitionState {
  const { position } = event;
  switch (event.type) {
    case 'Delivered':
      return { ...state, revision, position };
    case 'Parked': {
      const { stream, revision: valuationRevision } = event.valuation;
      return { revision, position, parked: new Map(state.parked).set(stream, { valuationRevision, since: revision }) };
    }
  }
}

/** What `parkedSince` says of a state. */
export function parkedSince({ parked }: PartitionState): number | null {
  const since = [...parked.values()].map((each) => each.since);
  return since.length === 0 ? null : Math.min(...since);
}

/** Reads the newest event, and what it says is still open: short, however long the stream is. */
export async function loadPartition(store: EventStore, stream: string): Promise<PartitionState> {
  for await (const event of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
    const newest = decodeDelivery(event);
    const { revision } = event;
    if (newest.parkedSince === null) return { ...NO_DELIVERIES, revision, position: newest.position };
    let state = NO_DELIVERIES;
    for await (const open of store.readStream(stream, { from: newest.parkedSince })) {
      state = evolve(state, decodeDelivery(open), open.revision);
    }
    return state;
  }
  return NO_DELIVERIES;
}
