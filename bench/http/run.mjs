/**
 * Requests per second of the service beside an empty Nest endpoint and a bare Redis call, in one run, in turns.
 *
 *   node bench/http/run.mjs [--rounds 5] [--seconds 4] [--redis] [--split] [--only 'ATP|bare'] [--dist dist] [--profile FOLDER]
 *
 * With --split the event node, the API, the projector and the poster are processes of their own, over Redis, as in
 * `deploy/compose.yaml`; without, `npm start` runs them all.
 * Needs a built service, Linux (for the processor time of each process) and, with --redis, redis-server on PATH.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from 'redis';
import { childrenOf, cpuUs, freePort, start } from '../processes.mjs';
import { CASES } from './cases.mjs';
import { startDriver } from './driving.mjs';
import { askedSku } from './loads.mjs';
import { Shop } from './service.mjs';
import { table } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    redis: { type: 'boolean', default: false },
    split: { type: 'boolean', default: false },
    only: { type: 'string', default: '.' },
    dist: { type: 'string', default: 'dist' },
    profile: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const withRedis = options.redis || options.split;
const wanted = new RegExp(options.only);

const HOT_STOCK = 10_000_000;
/** As in `npm start`, and for all alike. */
const NODE_FLAGS = ['--max-semi-space-size=64'];
const READY = /ready at (http:\S+)/;
/** Each measurement gets a name of its own. */
let measured = 0;
const RACE = { stock: 1_000, attempts: 2_000 };

const dataDir = mkdtempSync(join(tmpdir(), 'stockfold-bench-'));
const stops = [];
const begin = async (command, args, until, env = {}) => {
  const server = await start(command, args, { until, env: { ...process.env, ...env } });
  stops.push(server.stop);
  return server;
};

async function main() {
  const cases = CASES.filter(({ name, server }) => wanted.test(name) && (withRedis || server !== 'bare'));
  const servers = await startServers();
  const { shop } = servers;
  await shop.fill(new Set(cases.map(({ stock }) => stock)));
  console.error(`filled; projections done after ${(await shop.caughtUp()).toFixed(0)} ms`);
  if (cases.some(({ server }) => server === 'bare')) servers.bare = await startBare(servers);
  const driver = startDriver();
  stops.push(driver.stop);
  for (const one of cases) await measure(one, 'warm-up', 1, servers, driver);
  const figures = new Map(cases.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const one of cases) figures.get(one.name).push(await measure(one, `round ${round}`, seconds, servers, driver));
    await race(round, servers, driver);
  }
  console.log(`\nMedian of ${rounds} rounds of ${seconds} s; processor time in us a request.\n`);
  console.log(table(cases, figures));
}

async function startServers() {
  const redis = withRedis ? await startRedis() : undefined;
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
  };
  const { service, addresses, ...others } = options.split ? await startSplit(env) : await startWhole(env);
  const empty = await begin(process.execPath, [...NODE_FLAGS, join(import.meta.dirname, 'empty-nest.mjs')], READY);
  const shop = new Shop(service.found, dataDir, addresses);
  return {
    shop,
    redis,
    empty: { pid: empty.pid, port: new URL(empty.found).port },
    service: { pid: service.pid, port: new URL(service.found).port },
    pids: { ...others, ...(redis === undefined ? {} : { redis: [redis.pid] }) },
  };
}

/** `npm start`: every role in one process, with the event node as its child. */
async function startWhole(env) {
  const service = await begin(process.execPath, program('main.js'), READY, env);
  return { service, addresses: [service.found], node: childrenOf(service.pid), beside: [] };
}

/** Each role in a process of its own. */
async function startSplit(shared) {
  const port = await freePort();
  const args = [...program('eventstore.js'), '--data', join(dataDir, 'node'), '--port', String(port)];
  const node = await begin(process.execPath, args, /(Event store on)/);
  const env = { ...shared, EVENTSTORE_URL: `esdb://127.0.0.1:${port}?tls=false`, ERP_CONNECTOR: 'journal' };
  const service = await begin(process.execPath, program('main.js'), READY, { ...env, ROLES: 'api' });
  const projector = await begin(process.execPath, program('projector.js'), READY, env);
  const poster = await begin(process.execPath, program('erp-poster.js'), READY, env);
  const addresses = [service, projector, poster].map(({ found }) => found);
  return { service, addresses, node: [node.pid], beside: [projector.pid, poster.pid] };
}

function program(entry) {
  const flags = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`];
  return [...NODE_FLAGS, ...flags, resolve(options.dist, entry)];
}

async function startRedis() {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dataDir];
  const redis = await begin('redis-server', args, /(Ready to accept connections)/);
  return { pid: redis.pid, url: `redis://127.0.0.1:${port}` };
}

/** The bare server reads the documents that the service wrote: their keys end in the SKU. */
async function startBare({ redis }) {
  const client = createClient({ url: redis.url });
  await client.connect();
  const sku = askedSku(0);
  const key = (await client.keys(`*:${sku}`))[0];
  client.destroy();
  if (key === undefined) throw new Error('Redis holds no document of the service.');
  const args = [...NODE_FLAGS, join(import.meta.dirname, 'bare-redis.mjs'), redis.url, key.slice(0, -sku.length)];
  const bare = await begin(process.execPath, args, READY);
  return { pid: bare.pid, port: new URL(bare.found).port };
}

async function measure(one, round, forSeconds, servers, driver) {
  const { shop } = servers;
  const tag = `${process.pid}-${measured}`;
  const sku = `HOT-${measured}`;
  measured += 1;
  if (one.hot) {
    await shop.receive(sku, 'STORE-A', HOT_STOCK);
    await shop.caughtUp();
  }
  const target = servers[one.server ?? 'service'];
  const pids = { service: [target.pid], ...servers.pids };
  const used = (all) => all.reduce((sum, pid) => sum + cpuUs(pid), 0);
  const now = () => Object.fromEntries(Object.entries(pids).map(([who, all]) => [who, used(all)]));
  let before = now();
  const job = { ...one, port: Number(target.port), key: shop.key, tag, sku, seconds: forSeconds };
  const done = await driver.run(job, () => {
    before = now();
  });
  const after = now();
  const { requests, elapsedMs, statuses, p50Ms, p99Ms, cpuUs: driverUs } = done;
  const failed = Object.entries(statuses).reduce(
    (sum, [status, count]) => sum + (status.startsWith('2') ? 0 : count),
    0,
  );
  if (failed > requests / 100) throw new Error(`${one.name}: ${JSON.stringify(statuses)}`);
  if (one.hot) check(`${one.name}: units held`, await shop.reserved(sku), statuses[201]);
  const drainedMs = one.server === undefined ? await shop.caughtUp() : 0;
  const rate = ((requests - failed) / elapsedMs) * 1_000;
  const cpu = { node: 0, redis: 0, beside: 0, driver: driverUs / requests };
  for (const who of Object.keys(pids)) cpu[who] = (after[who] - before[who]) / requests;
  const costs = Object.entries(cpu).map(([who, us]) => `${who} ${us.toFixed(1)}`);
  console.error(
    `${round}  ${one.name.padEnd(28)} ${rate.toFixed(0).padStart(6)}/s  p50 ${p50Ms.toFixed(2)}  p99 ${p99Ms.toFixed(2)}` +
      `  us: ${costs.join(', ')}  refused ${failed}  projections done after ${drainedMs.toFixed(0)} ms`,
  );
  return { rate, p50Ms, p99Ms, cpu };
}

/** More attempts than there is stock: exactly as many as there was are accepted. */
async function race(round, servers, driver) {
  const { shop } = servers;
  const sku = `RACE-${round}`;
  await shop.receive(sku, 'STORE-A', RACE.stock);
  const job = { load: 'reserve', inFlight: 256, requests: RACE.attempts, port: Number(servers.service.port) };
  const { statuses } = await driver.run({ ...job, key: shop.key, tag: `race-${round}`, sku });
  check('accepted of a short stock', statuses[201], RACE.stock);
  check('refused beyond it', statuses[409], RACE.attempts - RACE.stock);
  check('held of it', await shop.reserved(sku), RACE.stock);
}

function check(what, found, expected) {
  if (found !== expected) throw new Error(`${what}: ${found} instead of ${expected}`);
}

try {
  await main();
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(dataDir, { recursive: true, force: true });
}
