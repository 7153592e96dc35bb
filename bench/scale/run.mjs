/**
 * Many streams: the event node and a service over it are ended and started again, as by `kill -9` and in good order,
 * once every projection has dealt with everything. Nothing is posted, so that no journal file is written.
 *
 *   node --max-semi-space-size=64 bench/scale/run.mjs [--events 5000000] [--streams 500000] [--dist dist] [--keep FOLDER]
 *
 * With --keep the folder stays, and a folder that is there already is not filled again. Linux; the project must be built.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, newFolder, residentBytes, start, until } from '../processes.mjs';
import { fill, LOCATIONS, streamOf } from '../read-model/fill.mjs';
import { asking } from '../read-model/processes.mjs';
import { measureStore } from './measure-store.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '5000000' },
    streams: { type: 'string', default: '500000' },
    dist: { type: 'string', default: 'dist' },
    keep: { type: 'string' },
  },
});
const [events, streams] = [Number(values.events), Number(values.streams)];
const dist = resolve(values.dist);
const folder = resolve(values.keep ?? newFolder());
const dataDir = join(folder, 'service');
const nodeDir = join(folder, 'node');
const NODE_FLAGS = ['--max-semi-space-size=64'];
const POLL_MS = 5_000;
const CAUGHT_UP_WITHIN_MS = 3_600_000;
const { EventStoreDbEventStore } = await import(
  join(dist, 'adapters/event-store/eventstoredb/eventstoredb-event-store.js')
);
const [nodePort, servicePort] = [await freePort(), await freePort()];
const url = `esdb://127.0.0.1:${nodePort}?tls=false`;

try {
  await main();
} finally {
  if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
}
process.exit();

async function main() {
  const filled = existsSync(join(nodeDir, 'events.db'));
  let node = await startNode();
  if (!filled) await timed(`${count(events)} events in ${count(streams)} streams written`, fillStore);
  let service = await timed('service ready, for the first time', startService);
  await timed('all projections level', () => caughtUp());
  say(`memory: node ${mib(node)} MiB, service ${mib(service)} MiB`);

  for (const end of ['stop', 'kill']) {
    await Promise.all([service[end](), node[end]()]);
    await timed(
      `after ${end === 'stop' ? 'a stop in good order' : 'kill -9 of both'}: node and service ready`,
      async () => {
        const startedMs = performance.now();
        node = await startNode();
        say(`  node after ${((performance.now() - startedMs) / 1_000).toFixed(2)} s`);
        service = await startService();
      },
    );
    await timed('  and all projections level', () => caughtUp());
    await ask(`/v1/availability/${skuAt(streams >> 1)}`);
    say(`memory: node ${mib(node)} MiB, service ${mib(service)} MiB`);
  }
  await service.stop();
  const store = new EventStoreDbEventStore({ url });
  await measureStore(store, { streams, streamOf, say });
  await store.close();
  say(`memory: node ${mib(node)} MiB`);
  await node.stop();
}

function startNode() {
  const args = [...NODE_FLAGS, join(dist, 'eventstore.js'), '--data', nodeDir, '--port', String(nodePort)];
  return start(process.execPath, args, { until: /(Event store on)/ });
}

/** Ready is what `GET /health/ready` says. */
async function startService() {
  const service = await start(process.execPath, [...NODE_FLAGS, join(dist, 'main.js')], {
    until: /ready at (http:\S+)/,
    env: {
      ...{ PATH: process.env.PATH, PORT: String(servicePort), DATA_DIR: dataDir },
      ...{ EVENTSTORE_URL: url, LOG_LEVEL: 'warn' },
    },
    readyWithinMs: CAUGHT_UP_WITHIN_MS,
  });
  const ready = () => fetch(`${service.found}/health/ready`).then(({ ok }) => ok);
  await until(ready, CAUGHT_UP_WITHIN_MS);
  return service;
}

function ask(path) {
  const key = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')).operator;
  return asking(`http://127.0.0.1:${servicePort}`, key)(path);
}

/** Twice in a row nothing moves, and every projection is live. To ask is work for the store: not too often. */
async function caughtUp() {
  let last = '';
  await until(
    async () => {
      const { projections } = await ask('/v1/projections');
      const now = projections.map(({ name, position }) => `${name} ${position}`).join();
      const alike = now === last && projections.every(({ live }) => live);
      last = now;
      return alike;
    },
    CAUGHT_UP_WITHIN_MS,
    POLL_MS,
  );
}

async function fillStore() {
  const store = new EventStoreDbEventStore({ url });
  await fill(store, events, streams / LOCATIONS.length);
  await store.close();
}

async function timed(what, work) {
  const startedMs = performance.now();
  const result = await work();
  say(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return result;
}

function skuAt(number) {
  return streamOf(number).slice('stock-'.length).split('@')[0];
}

function mib({ pid }) {
  return Math.round(residentBytes(pid) / 1_048_576);
}

function count(number) {
  return number.toLocaleString('en');
}

function say(line) {
  console.log(line);
}
