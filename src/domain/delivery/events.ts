import type { Sku } from '../values/identifiers.js';
import type { JsonObject } from '../values/json.js';

/** Deliveries of one connector are told apart by SKU, so that they run side by side and each SKU's stay in order. */
export const DELIVERY_PARTITIONS = 8;

/** The partition of a SKU, for good: 32-bit FNV-1a of its characters. */
export function partitionOf(sku: Sku): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < sku.length; index += 1) hash = Math.imul(hash ^ sku.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % DELIVERY_PARTITIONS;
}

export const deliveryStream = (connector: string, partition: number): string => `delivery-${connector}-${partition}`;

/** What every event of a delivery stream says, so that the newest one tells where to go on. */
interface DeliveryFact {
  /** Every valuation of the partition up to this position has been dealt with. */
  readonly position: bigint;
  /** Revision of the oldest `Parked` in this stream that is not resolved; null when there is none. */
  readonly parkedSince: number | null;
}

/** These postings are in the ERP. */
export type Delivered = DeliveryFact & {
  readonly type: 'Delivered';
  readonly refs: readonly string[];
  /** The mapping of roles to accounts that they were posted with. */
  readonly mapping: string;
};

/** This posting waits for a person, and with it all later ones of its valuation stream. */
export type Parked = DeliveryFact & {
  readonly type: 'Parked';
  readonly ref: string;
  readonly code: string;
  readonly detail: string;
  readonly valuation: ValuationPlace;
};

/** A valuation by its stream and revision. */
export interface ValuationPlace {
  readonly stream: string;
  readonly revision: number;
}

export type DeliveryEvent = Delivered | Parked;

export function encodeDelivery(event: DeliveryEvent): { type: string; data: JsonObject } {
  const { type, position, parkedSince } = event;
  const fact = { position: position.toString(), parkedSince };
  switch (event.type) {
    case 'Delivered':
      return { type, data: { ...fact, refs: event.refs, mapping: event.mapping } };
    case 'Parked': {
      const { ref, code, detail, valuation } = event;
      return { type, data: { ...fact, ref, code, detail, valuation: { ...valuation } } };
    }
  }
}

/** Reads what {@link encodeDelivery} wrote. */
export function decodeDelivery({ type, data }: { type: string; data: JsonObject }): DeliveryEvent {
  if (type !== 'Delivered' && type !== 'Parked') throw new Error(`Unknown delivery event type: ${type}`);
  return { ...data, type, position: BigInt(String(data.position)) } as unknown as DeliveryEvent;
}
