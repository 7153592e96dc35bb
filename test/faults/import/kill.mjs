#!/usr/bin/env node
// Kills the service, its event node or both, again and again while an import runs; then the import must end with exit 0,
// a second one find nothing left to do, the stock equal an independent computation, and no stream have a gap.
//
//   node test/faults/import/kill.mjs [file.csv.gz] [--rounds 3] [--opening 100] [--lines 150000] [--seed N] [--keep]
//
// Needs a build. Without a file it makes one of --lines lines. STOCKFOLD_DIST names a build elsewhere.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { randomFrom } from '../../support/random.mjs';
import { Forwarder } from './forwarder.mjs';
import { freePort, SupervisedService } from './service.mjs';
import { writeTillExport } from './till-export.mjs';

const VICTIMS = ['both', 'service', 'node'];
const MAX_RUNS = 10;
const ANSWERS_A_ROUND = 12;
const STREAMS_READ_BACK = 300;
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const DIST = process.env.STOCKFOLD_DIST ?? path('../../../dist');
const ON_HAND = path('../../independent/on-hand.mjs');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    opening: { type: 'string', default: '100' },
    lines: { type: 'string', default: '150000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'boolean', default: false },
  },
});
const random = randomFrom(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), 'stockfold-kill-'));
const file = positionals[0] ?? join(folder, 'export.csv.gz');
if (positionals[0] === undefined) writeTillExport(file, Number(values.lines), random);

const port = await freePort();
const service = new SupervisedService(join(DIST, 'main.js'), folder, port);
const forwarder = await Forwarder.to(port);
try {
  console.log(`seed ${values.seed}, data in ${folder}`);
  await service.ready();
  await importUnderFire();
  const again = await startImport().finished;
  const nothingNew = again.code === 0 && counted(again, 'accepted') === 0;
  console.log(`second import: exit ${again.code}, ${summary(again)}`);
  const equal = await stockIsEqual();
  const whole = await streamsAreWhole();
  const outlived = await service.stop();
  console.log(`event nodes that outlived their service ${outlived}`);
  const holds = nothingNew && equal && whole && outlived === 0;
  console.log(`${service.restarts} restarts; ${holds ? 'all holds' : 'DOES NOT HOLD'}`);
  process.exitCode = holds ? 0 : 1;
} finally {
  forwarder.close();
  await service.stop();
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}

/** Runs the import until it ends well, killing meanwhile: after some answers, while the next requests are under way. */
async function importUnderFire() {
  let run = startImport();
  let runs = 1;
  const runAgain = async (why) => {
    if (runs++ >= MAX_RUNS) throw new Error(`no import ended well:\n${(await run.finished).stderr}`);
    console.log(`import ended (${summary(await run.finished)}) and starts again: ${why}`);
    run = startImport();
  };
  for (let round = 0; round < Number(values.rounds); ) {
    const answers = forwarder.answers + 1 + random() * ANSWERS_A_ROUND;
    while (!run.ended() && forwarder.answers < answers) await sleep(5);
    await sleep(random() * 100);
    while (!run.ended() && forwarder.inFlight === 0) await sleep(1);
    if (run.ended()) {
      await runAgain('for the next kill');
      continue;
    }
    const victims = VICTIMS[round % VICTIMS.length];
    const { inFlight } = forwarder;
    const killed = service.kill(victims);
    round++;
    console.log(`round ${round}: killed ${victims} (${killed} processes) with ${inFlight} requests under way`);
    await service.ready();
  }
  while ((await run.finished).code !== 0) {
    await service.ready();
    await runAgain((await run.finished).stderr.trim().split('\n').slice(-2).join(' '));
  }
  console.log(`import: exit 0 in run ${runs}, ${summary(await run.finished)}`);
}

function startImport() {
  const args = [join(DIST, 'import.js'), file, '--url', forwarder.url, '--key', service.key('store')];
  const child = spawn(process.execPath, [...args, '--opening', values.opening], { stdio: ['ignore', 'pipe', 'pipe'] });
  const finished = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]) => ({ stdout, stderr, code }),
  );
  return { finished, ended: () => child.exitCode !== null };
}

function counted({ stdout }, name) {
  return Number(new RegExp(`^${name} +(\\d+)$`, 'm').exec(stdout)?.[1]);
}

function summary(run) {
  const counts = ['rows read', 'accepted', 'duplicate', 'skipped', 'rejected'];
  return `${counts.map((name) => `${name} ${counted(run, name)}`).join(', ')}, ${/took.*/.exec(run.stdout)?.[0]}`;
}

async function onHand(...args) {
  return promisify(execFile)(process.execPath, [ON_HAND, file, '--opening', values.opening, ...args], {
    maxBuffer: 1 << 28,
  });
}

async function stockIsEqual() {
  const check = onHand('--check', service.url, '--key', service.key('storefront'));
  const { stdout, code = 0 } = await check.catch((error) => error);
  console.log(stdout.trimEnd());
  return code === 0;
}

/** Reads streams back whole: revisions count from 0 without a gap, and no movement is there twice. */
async function streamsAreWhole() {
  const streams = Object.keys(JSON.parse((await onHand()).stdout));
  const step = Math.max(1, Math.floor(streams.length / STREAMS_READ_BACK));
  const sample = streams.filter((_, index) => index % step === 0);
  const torn = [];
  for (const stream of sample) {
    const events = await readStream(...stream.split('@'));
    const gap = events.findIndex(({ revision }, index) => revision !== index);
    const ids = new Set(events.map(({ id }) => id));
    if (events.length === 0 || gap >= 0 || ids.size !== events.length) torn.push(stream);
  }
  console.log(`streams read back ${sample.length}, with a gap or a movement twice ${torn.length} ${torn.slice(0, 5)}`);
  return torn.length === 0;
}

async function readStream(sku, location) {
  const response = await fetch(`${service.url}/v1/streams/${sku}/${location}/events`, {
    headers: { authorization: `Bearer ${service.key('auditor')}`, accept: 'application/x-ndjson' },
  });
  if (response.status !== 200) throw new Error(`${sku}@${location}: the service answers ${response.status}`);
  return (await response.text()).split('\n').filter(Boolean).map(JSON.parse);
}
