/**
 * How long after its acknowledgement a write shows to those who ask, at steady rates of movements, with everything
 * running: the whole service with all its projections over the embedded node and Redis, asked over HTTP.
 * `node bench/read-model/service-lag.mjs [--rates 1000,5000] [--seconds 15] [--rounds 3] [--dist dist]`; needs
 * `redis-server` in the PATH, and the project built. Linux.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRedis, startService, until } from './processes.mjs';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '1000,5000' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    dist: { type: 'string', default: 'dist' },
  },
});

const STREAMS = 20_000;
const MOVEMENTS_A_CALL = 20;
const TICK_MS = 5;
const WARM_UP_MS = 3_000;
/** What the projections said when they were asked last. */
let last = '';

async function measure(rate, round) {
  await write(rate, WARM_UP_MS, `${round}-${rate}-warm-up`);
  await until(isLevel, 120_000);
  const before = service.cpuUs();
  const seen = await write(rate, Number(values.seconds) * 1_000, `${round}-${rate}`);
  const cpuUs = service.cpuUs() - before;
  const endedAt = performance.now();
  await until(isLevel, 120_000);
  const levelAfterMs = performance.now() - endedAt;
  const lags = seen.lagsMs.sort((a, b) => a - b);
  const at = (fraction) => lags[Math.min(lags.length - 1, Math.floor(lags.length * fraction))].toFixed(1).padStart(7);
  console.log(
    `${String(rate).padStart(5)} movements/s (${(seen.movements / seen.seconds).toFixed(0)} reached): shows after p50 ${at(0.5)} ms, ` +
      `p99 ${at(0.99)} ms, most ${at(1)} ms over ${lags.length} calls; stale answers ${seen.stale}; ` +
      `service ${(cpuUs / seen.movements).toFixed(0)} us a movement; all projections level ${levelAfterMs.toFixed(0)} ms after the last`,
  );
}

/** Posts at a steady rate, and asks after each acknowledgement until the answer shows it. */
async function write(rate, forMs, tag) {
  const startedAt = performance.now();
  const calls = [];
  const seen = { lagsMs: [], stale: 0, movements: 0, seconds: 0 };
  let begun = 0;
  for (let now = startedAt; now < startedAt + forMs; now = performance.now()) {
    for (const due = ((now - startedAt) / 1_000) * (rate / MOVEMENTS_A_CALL); begun < due; begun += 1) {
      calls.push(writeAndSee(`${tag}-${begun}`, begun * MOVEMENTS_A_CALL, seen));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(calls);
  seen.seconds = (performance.now() - startedAt) / 1_000;
  return seen;
}

async function writeAndSee(tag, first, seen) {
  const movements = Array.from({ length: MOVEMENTS_A_CALL }, (_, index) => receipt(`${tag}-${index}`, first + index));
  const { position } = await service.ask('/v1/movements', { method: 'POST', body: { movements } });
  const acknowledgedAt = performance.now();
  seen.movements += MOVEMENTS_A_CALL;
  const { sku } = movements[MOVEMENTS_A_CALL - 1];
  const { stale } = await service.ask(`/v1/availability/${sku}?minPosition=${position}`);
  if (stale === true) seen.stale += 1;
  seen.lagsMs.push(performance.now() - acknowledgedAt);
}

const receipt = (id, number) => ({
  id,
  type: 'receipt',
  sku: `SKU-${(number * 7_919) % STREAMS}`,
  location: 'STORE-A',
  occurredAt: '2026-11-20T10:00:00Z',
  quantity: 1,
  unitCost: '2.50',
  currency: 'GBP',
});

/** Whether no projection has moved since it was asked before. */
async function isLevel() {
  await sleep(200);
  const { projections } = await service.ask('/v1/projections');
  const now = projections.map(({ name, position, live }) => `${name} ${position} ${live}`).join(', ');
  const isSame = now === last;
  last = now;
  return isSame && projections.every(({ live }) => live);
}

const redis = await startRedis();
const service = await startService(resolve(values.dist), { REDIS_URL: redis.url });
try {
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const rate of values.rates.split(',').map(Number)) await measure(rate, round);
  }
} finally {
  await service.stop();
  await redis.stop();
}
