import { join } from 'node:path';
import { recordedEvents } from './movements.mjs';
import { forgetfulStore } from './stores.mjs';

const EVENTS = 1_000_000;
const STREAMS = 20_000;
const BATCH = 1_000;
const LOOKS = 8;

/** Heap in use after a collection, and what the process has of the machine, in MB. */
function look() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return `heap ${(heapUsed / 1e6).toFixed(1)} MB, resident ${(rss / 1e6).toFixed(0)} MB`;
}

export async function memory({ dist }) {
  if (globalThis.gc === undefined) console.log('(without --expose-gc the heap holds what is not collected yet)');
  const { ValuationProjection } = await import(join(dist, 'projections/valuation/valuation-projection.js'));
  for (const costing of ['moving-average', 'fifo']) {
    const rules = { version: 2, costing, damaged: 'keep' };
    const projection = new ValuationProjection(forgetfulStore(), { timeZone: 'UTC', rules });
    await projection.start();
    console.log(`${EVENTS.toLocaleString('en')} movements of ${STREAMS.toLocaleString('en')} SKUs, ${costing}`);
    let batch = [];
    let count = 0;
    for (const event of recordedEvents({ count: EVENTS, streams: STREAMS })) {
      batch.push(event);
      count += 1;
      if (batch.length === BATCH) {
        await projection.handle({ events: batch, position: event.position, live: false });
        batch = [];
      }
      if (count % (EVENTS / LOOKS) === 0) console.log(`  ${count.toLocaleString('en').padStart(9)}  ${look()}`);
    }
  }
}
