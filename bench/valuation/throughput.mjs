import { join } from 'node:path';
import { foldOf, median, thousands } from './fold.mjs';
import { recordedEvents } from './movements.mjs';
import { embeddedStore, fill } from './stores.mjs';

const QUIET = { info: () => {}, warn: (message, facts) => console.log(message, facts), error: console.log };
const METHODS = ['moving-average', 'fifo'];

export async function throughput({ dist, events: count, streams, rounds }) {
  const { fold } = await foldOf(dist);
  const { ValuationProjection } = await import(join(dist, 'projections/valuation/valuation-projection.js'));
  const { ProjectionRunner } = await import(join(dist, 'projections/run.js'));
  const { MemoryEventStore } = await import(join(dist, 'adapters/event-store/memory/memory-event-store.js'));

  /** Values what a store holds. @returns events a second, and the valuations it made */
  const project = async (store, method, cpuUs = () => 0) => {
    const rules = { version: 2, costing: method, damaged: 'keep' };
    const runner = new ProjectionRunner(store, new ValuationProjection(store, { timeZone: 'UTC', rules }), QUIET);
    const head = await store.head(['stock-']);
    const startedMs = performance.now();
    const before = process.cpuUsage();
    const nodeBefore = cpuUs();
    runner.start();
    if (!(await runner.reached(head, 120_000))) throw new Error(`not reached: ${runner.status().lastError}`);
    const seconds = (performance.now() - startedMs) / 1_000;
    await runner.stop();
    const { user, system } = process.cpuUsage(before);
    return { rate: count / seconds, here: (user + system) / count, node: (cpuUs() - nodeBefore) / count };
  };

  const folding = (events, method, encodes) => {
    const startedMs = performance.now();
    const before = process.cpuUsage();
    fold(events, method, encodes);
    const { user, system } = process.cpuUsage(before);
    return { rate: count / ((performance.now() - startedMs) / 1_000), here: (user + system) / count, node: 0 };
  };

  console.log(
    `${count.toLocaleString('en')} movements of ${streams.toLocaleString('en')} SKUs, ${rounds} rounds, medians`,
  );
  for (const method of METHODS) {
    const rates = { fold: [], 'to bytes': [], memory: [], embedded: [] };
    for (let round = 0; round < rounds + 1; round += 1) {
      const events = [...recordedEvents({ count, streams, seed: round + 1 })];
      const folded = folding(events, method, false);
      const encoded = folding(events, method, true);
      const inMemory = new MemoryEventStore();
      await fill(inMemory, events);
      const memory = await project(inMemory, method);
      const embedded = await embeddedStore(dist);
      await fill(embedded.store, events);
      // Whoever catches up has them in the store, not in memory a second time.
      events.length = 0;
      const throughNode = await project(embedded.store, method, embedded.cpuUs);
      await embedded.close();
      // The first round warms up.
      if (round === 0) continue;
      rates.fold.push(folded);
      rates['to bytes'].push(encoded);
      rates.memory.push(memory);
      rates.embedded.push(throughNode);
    }
    const medianOf = (name, figure) => median(rates[name].map((each) => each[figure]));
    for (const name of Object.keys(rates)) {
      const [rate, here, node] = ['rate', 'here', 'node'].map((figure) => medianOf(name, figure));
      const cpu = `CPU us/event: here ${here.toFixed(1)}, node ${node.toFixed(1)}`;
      const ratio = (rate / medianOf('fold', 'rate')).toFixed(2);
      console.log(
        `  ${method.padEnd(14)} ${name.padEnd(9)} ${thousands(rate)} events/s  ${ratio} of the fold   ${cpu}`,
      );
    }
  }
}
