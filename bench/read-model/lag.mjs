/**
 * How long after its acknowledgement a write shows in the read model, at steady rates of events: for memory and Redis,
 * with the projection, the writer and a reader in this process, beside the event node.
 * `node bench/read-model/lag.mjs [--rates 1000,5000] [--seconds 10] [--rounds 3] [--dist dist]`; needs `redis-server`
 * in the PATH, and the project built. Linux.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { stockEvent, streamOf } from './fill.mjs';
import { startEventNode, startRedis } from './processes.mjs';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '1000,5000' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    dist: { type: 'string', default: 'dist' },
  },
});
const load = (path) => import(pathToFileURL(resolve(values.dist, path)).href);
const { EventStoreDbEventStore } = await load('adapters/event-store/eventstoredb/eventstoredb-event-store.js');
const { MemoryAvailabilityStore } = await load('adapters/availability-store/memory/memory-availability-store.js');
const { RedisAvailabilityStore } = await load('adapters/availability-store/redis/redis-availability-store.js');
const { AvailabilityProjection } = await load('projections/availability.js');
const { ProjectionRunner } = await load('projections/run.js');

const STREAMS = 20_000;
/** A movement and what else it brings, as the service appends it. */
const EVENTS_AN_APPEND = 2;
const TICK_MS = 5;
const silent = { info() {}, warn: console.warn, error: console.error };

/** Pairs acknowledgements with the moment from which they show; what shows before it is acknowledged lags 0 ms. */
class Visibility {
  lagsMs = [];
  #shown = 0n;
  #waiting = [];

  acknowledged(position) {
    if (position <= this.#shown) this.lagsMs.push(0);
    else this.#waiting.push({ position, atMs: performance.now() });
  }

  upTo(position) {
    this.#shown = position;
    const now = performance.now();
    for (const { position: one, atMs } of this.#waiting) if (one <= position) this.lagsMs.push(now - atMs);
    this.#waiting = this.#waiting.filter(({ position: one }) => one > position);
  }
}

const node = await startEventNode(resolve(values.dist));
const redis = await startRedis();
const store = new EventStoreDbEventStore({ url: node.url });
await store.identity();
try {
  let series = 0;
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const rate of values.rates.split(',').map(Number)) {
      for (const model of [new MemoryAvailabilityStore(), new RedisAvailabilityStore(redis.url, `lag-${series}`)]) {
        series += 1;
        await measure(model, rate, series);
        await model.close();
      }
    }
  }
} finally {
  await store.close();
  await redis.stop();
  await node.stop();
}

async function measure(model, rate, series) {
  const visible = new Visibility();
  const save = model.save.bind(model);
  // The moment at which whoever reads may see it.
  model.save = async (documents, progress, reservations) => {
    await save(documents, progress, reservations);
    visible.upTo(progress.position);
  };
  const clock = { now: () => Date.now() };
  const runner = new ProjectionRunner(store, new AvailabilityProjection(store, model, clock), silent);
  runner.start();
  await runner.reached(await store.head(['stock-']), 60_000);
  await write(rate, 1_000, series * 2, () => undefined);
  const before = { own: process.cpuUsage(), node: node.cpuUs(), redis: redis.cpuUs() };
  const written = await write(rate, Number(values.seconds) * 1_000, series * 2 + 1, (position) =>
    visible.acknowledged(position),
  );
  await sleep(1_000);
  const { user, system } = process.cpuUsage(before.own);
  await runner.stop();
  const cpu = [user + system, node.cpuUs() - before.node, redis.cpuUs() - before.redis];
  const lags = visible.lagsMs.sort((a, b) => a - b);
  const at = (fraction) => lags[Math.min(lags.length - 1, Math.floor(lags.length * fraction))]?.toFixed(1).padStart(7);
  console.log(
    `${model.source.padEnd(7)} ${String(rate).padStart(5)} events/s: lag p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms ` +
      `over ${lags.length} writes; CPU us/event: here ${(cpu[0] / written).toFixed(0)}, node ${(cpu[1] / written).toFixed(0)}` +
      (model.source === 'redis' ? `, redis ${(cpu[2] / written).toFixed(0)}` : ''),
  );
}

/** Appends at a steady rate, each acknowledged position to `acknowledged`. Resolves with the number of events. */
async function write(rate, forMs, series, acknowledged) {
  const startedAt = performance.now();
  const appends = [];
  let begun = 0;
  for (let now = startedAt; now < startedAt + forMs; now = performance.now()) {
    for (const due = ((now - startedAt) / 1_000) * (rate / EVENTS_AN_APPEND); begun < due; begun += 1) {
      appends.push(append(begun, series).then(acknowledged));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(appends);
  return begun * EVENTS_AN_APPEND;
}

async function append(number, series) {
  const events = Array.from({ length: EVENTS_AN_APPEND }, (_, index) =>
    stockEvent('Received', { id: `${series}-${number}-${index}`, quantity: 1, unitCost: '2.50', currency: 'GBP' }),
  );
  const { position } = await store.append(streamOf((number * 7_919) % STREAMS), 'any', events);
  return position;
}
