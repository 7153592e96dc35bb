/** Fills a store with stock events, straight through its adapter. */
import { randomUUID } from 'node:crypto';

const IN_FLIGHT = 64;
export const LOCATIONS = ['STORE-1', 'STORE-2', 'STORE-3', 'WEB'];
export const skuOf = (index) => `SKU-${String(index).padStart(6, '0')}`;

/** So many events over so many SKUs at four locations: a receipt, then sales, and now and then a count. */
export async function fill(store, events, skus) {
  const streams = skus * LOCATIONS.length;
  const each = Math.ceil(events / streams);
  let next = 0;
  let written = 0;
  const lane = async () => {
    while (next < streams && written < events) {
      const number = next++;
      const batch = eventsOf(number, Math.min(each, events - written));
      written += batch.length;
      await store.append(streamOf(number), 'no-stream', batch);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return written;
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
