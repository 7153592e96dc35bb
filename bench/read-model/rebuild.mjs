/**
 * Rebuilds availability in Redis while the service answers queries.
 * `node bench/read-model/rebuild.mjs [--events 1000000] [--skus 20000] [--lanes 4] [--dist dist]`; needs `redis-server`
 * in the PATH, and the project built. Linux.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from 'redis';
import { fill, skuOf } from './fill.mjs';
import { newFolder, startEventNode, startRedis, startService, until } from './processes.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    skus: { type: 'string', default: '20000' },
    lanes: { type: 'string', default: '4' },
    dist: { type: 'string', default: 'dist' },
  },
});
const [events, skus, lanes] = [values.events, values.skus, values.lanes].map(Number);
const dist = resolve(values.dist);
const SKUS_A_QUERY = 100;

const stops = [];
try {
  const node = await started(startEventNode(dist, newFolder()));
  const redis = await started(startRedis());
  await timed(`${events} events in ${skus * 4} streams written`, () => filled(node.url));
  const service = await timed('first build, until ready', () =>
    started(startService(dist, { EVENTSTORE_URL: node.url, REDIS_URL: redis.url, ROLES: 'api,projector' })),
  );
  const before = await documents(redis.url);

  const queries = queriesFrom(service);
  await sleep(1_000);
  const processes = { service, node, redis };
  const cpuBefore = Object.entries(processes).map(([name, one]) => [name, one.cpuUs()]);
  const startedAt = performance.now();
  await service.ask('/v1/projections/availability/rebuild', { method: 'POST' });
  let rebuild;
  await until(
    async () => {
      ({ rebuild } = await availability(service));
      return rebuild.finishedAt !== undefined;
    },
    600_000,
    500,
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = cpuBefore.map(([name, us]) => `${name} ${((processes[name].cpuUs() - us) / events).toFixed(1)}`);
  await sleep(1_000);
  const { answered, failures, longestGap } = await queries.stop();
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);

  const after = await documents(redis.url);
  const differing =
    [...before].filter(([sku, text]) => after.get(sku) !== text).length + Math.abs(after.size - before.size);
  console.log(`rebuilt in ${seconds.toFixed(1)} s: ${Math.round(events / seconds).toLocaleString('en')} events/s`);
  console.log(`CPU us/event, queries included: ${cpu.join(', ')}`);
  console.log(
    `queries of ${SKUS_A_QUERY} SKUs meanwhile: ${answered} answered, ${failed} failed, longest gap ${longestGap.ms.toFixed(0)} ms (${((longestGap.atMs - startedAt) / 1_000).toFixed(1)} s after its begin)`,
  );
  console.log(`documents before ${before.size}, after ${after.size}, differing ${differing}`);
  console.log(`the service says: ${JSON.stringify(rebuild)}`);
  for (const [failure, count] of failures) console.log(`  ${count} x ${failure}`);
  if (failed > 0 || differing > 0) process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function started(starting) {
  const process = await starting;
  stops.push(process.stop);
  return process;
}

async function timed(what, work) {
  const startedAt = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return result;
}

async function filled(url) {
  const { EventStoreDbEventStore } = await import(
    pathToFileURL(resolve(dist, 'adapters/event-store/eventstoredb/eventstoredb-event-store.js')).href
  );
  const store = new EventStoreDbEventStore({ url });
  await store.identity();
  await fill(store, events, skus);
  await store.close();
}

async function availability(service) {
  const { projections } = await service.ask('/v1/projections');
  return projections.find(({ name }) => name === 'availability');
}

/** Asks without end, so many at once; an answer with another status than 200, or none, has failed. */
function queriesFrom({ address, key }) {
  let going = true;
  let answered = 0;
  let lastMs = performance.now();
  const failures = new Map();
  const longestGap = { ms: 0, atMs: lastMs };
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const lane = async (number) => {
    for (let turn = number; going; turn += lanes) {
      const asked = Array.from({ length: SKUS_A_QUERY }, (_, index) => skuOf((turn * 37 + index) % skus));
      const failure = await answerTo({ method: 'POST', headers, body: JSON.stringify({ skus: asked }) });
      const now = performance.now();
      if (failure === undefined) {
        answered += 1;
        if (now - lastMs > longestGap.ms) Object.assign(longestGap, { ms: now - lastMs, atMs: now });
        lastMs = now;
      } else failures.set(failure, (failures.get(failure) ?? 0) + 1);
    }
  };
  const answerTo = async (request) => {
    try {
      const response = await fetch(`${address}/v1/availability`, request);
      const answer = await response.json();
      if (!response.ok) return `${response.status} ${answer.detail}`;
      return answer.items.length === SKUS_A_QUERY ? undefined : `${answer.unknown.length} SKUs unknown`;
    } catch (error) {
      return String(error);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  return {
    stop: async () => {
      going = false;
      await running;
      return { answered, failures, longestGap };
    },
  };
}

/** Every document of the generation that answers, by SKU. */
async function documents(url) {
  const client = await createClient({ url }).connect();
  const [liveKey] = await client.keys('{sf*}:live');
  const [, generation] = (await client.get(liveKey)).split(' ');
  const start = `${liveKey.slice(0, -':live'.length)}${generation.split('.')[0]}:`;
  const found = new Map();
  for await (const keys of client.scanIterator({ MATCH: `${start}*`, COUNT: 1_000 })) {
    if (keys.length === 0) continue;
    const texts = await client.mGet(keys);
    for (const [index, key] of keys.entries()) found.set(key.slice(start.length), texts[index]);
  }
  client.destroy();
  return found;
}
