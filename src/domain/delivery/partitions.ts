import type { Sku } from '../values/identifiers.js';

/** Deliveries of one connector are told apart by SKU, so that they run side by side and each SKU's stay in order. */
export const DELIVERY_PARTITIONS = 8;

/** The partition of a SKU, for good: 32-bit FNV-1a of its characters. */
export function partitionOf(sku: Sku): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < sku.length; index += 1) hash = Math.imul(hash ^ sku.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % DELIVERY_PARTITIONS;
}

const PREFIX = 'delivery-';

export const deliveryStream = (connector: string, partition: number): string => `${PREFIX}${connector}-${partition}`;

/** All streams of a connector begin with this, and those of connectors whose names go on behind a dash. */
export const deliveryStreamsOf = (connector: string): string => `${PREFIX}${connector}-`;

/** Which connector's deliveries a stream holds, and of which partition. */
export function partitionNamedBy(stream: string): { readonly connector: string; readonly partition: number } {
  const dash = stream.lastIndexOf('-');
  return { connector: stream.slice(PREFIX.length, dash), partition: Number(stream.slice(dash + 1)) };
}
