/** Fills a store with stock events, straight through its adapter. */
import { randomUUID } from 'node:crypto';

const IN_FLIGHT = 64;
export const LOCATIONS = ['STORE-1', 'STORE-2', 'STORE-3', 'WEB'];
export const skuOf = (index) => `SKU-${String(index).padStart(6, '0')}`;

/** So many events over so many SKUs at four locations: a receipt, then sales. At least one event a stream. */
export async function fill(store, events, skus) {
  const streams = skus * LOCATIONS.length;
  const upTo = (number) => Math.floor((events * number) / streams);
  let next = 0;
  const lane = async () => {
    while (next < streams) {
      const number = next++;
      await store.append(streamOf(number), 'no-stream', eventsOf(number, upTo(number + 1) - upTo(number)));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

export const streamOf = (number) =>
  `stock-${skuOf(Math.floor(number / LOCATIONS.length))}@${LOCATIONS[number % LOCATIONS.length]}`;

function eventsOf(number, count) {
  return Array.from({ length: count }, (_, index) =>
    index === 0
      ? stockEvent('Received', { id: `r-${number}`, quantity: 1_000, unitCost: '2.50', currency: 'GBP' })
      : stockEvent('Sold', { id: `s-${number}-${index}`, quantity: 1 + ((number + index) % 3) }),
  );
}

export function stockEvent(type, data) {
  const now = new Date().toISOString();
  return { id: randomUUID(), type, data, metadata: { schemaVersion: 1, occurredAt: now, recordedAt: now } };
}
