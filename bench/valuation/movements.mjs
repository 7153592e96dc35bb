/** Movements as a chain of stores reports them, spread over SKUs: reproducible, and interleaved as they come in. */

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2026, 0, 5, 8);

/** A reproducible number from 0 to 1 (mulberry32). */
export function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The stored form of the nth movement of a stream: the first is a receipt, later ones mostly sales. */
export function movementOf(random, number, nth) {
  const id = `till-7:receipt-${number}`;
  const draw = nth === 0 ? 0 : random();
  if (draw < 0.12) {
    const unitCost = (1 + random() * 9).toFixed(4);
    return { type: 'Received', data: { id, quantity: 11 + Math.floor(random() * 14), unitCost, currency: 'EUR' } };
  }
  if (draw < 0.93) return { type: 'Sold', data: { id, quantity: 1 + Math.floor(random() * 4) } };
  if (draw < 0.97) return { type: 'Adjusted', data: { id, quantity: random() < 0.5 ? -1 : 1, reason: 'correction' } };
  return { type: 'Returned', data: { id, quantity: 1, disposition: 'sellable' } };
}

/** So many events as they would be recorded, over so many streams. @yields events as an event store hands them out */
export function* recordedEvents({ count, streams, prefix = 'SKU', seed = 1 }) {
  const random = randomOf(seed);
  const revisions = new Uint32Array(streams);
  for (let number = 0; number < count; number += 1) {
    const index = Math.floor(random() * streams);
    const nth = revisions[index];
    revisions[index] += 1;
    const time = new Date(FROM_MS + Math.floor((number / count) * 90 * DAY_MS)).toISOString();
    const hex = number.toString(16).padStart(12, '0');
    yield {
      ...movementOf(random, number, nth),
      stream: `stock-${prefix}-${index}@STORE-A`,
      id: `5f0c1d4e-8a3b-8d2f-8e61-${hex}`,
      revision: nth,
      position: BigInt(number + 1),
      metadata: { schemaVersion: 1, occurredAt: time, recordedAt: time, actor: 'bench', correlationId: 'bench' },
    };
  }
}
