import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkStreams, Findings } from './check.mjs';
import { Ledger } from './ledger.mjs';
import { NodeUnderTest } from './node-under-test.mjs';

const MIB = 1_048_576;
const PAUSE_AFTER_FAILURE_MS = 100;

/** A disk of so many MiB that fills up under load, gets room (by a larger disk, then by a file that goes), and again. */
export async function fullDisk({ appenders, random, say }) {
  const directory = mkdtempSync(join(tmpdir(), 'stockfold-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', directory]);
  const ballast = join(directory, 'ballast');
  writeFileSync(ballast, Buffer.alloc(16 * MIB));
  const node = new NodeUnderTest(join(directory, 'events'));
  try {
    await node.start();
    const steps = [
      { name: 'a file of 16 MiB goes', room: () => rmSync(ballast) },
      { name: 'the disk grows to 160 MiB', room: () => resize(directory, 160) },
    ];
    return await underLoad(node, { appenders, random, say, eventBytes: 12_000, steps });
  } finally {
    await node.kill();
    execFileSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true, force: true });
  }
}

const resize = (directory, mib) => execFileSync('mount', ['-o', `remount,size=${mib}m`, directory]);

/** System calls of the node answer EIO for a while: its syncs, its writes, then both. Needs strace. */
export async function badDisk({ appenders, random, say }) {
  const directory = mkdtempSync(join(tmpdir(), 'stockfold-bad-disk-'));
  const node = new NodeUnderTest(directory);
  try {
    await node.start();
    const steps = ['fdatasync,fsync', 'pwrite64', 'fdatasync,fsync,pwrite64'].map((calls) => ({ calls }));
    return await underLoad(node, { appenders, random, say, eventBytes: 600, steps });
  } finally {
    await node.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Appenders that never give up, while the disk does at each step, and a kill at the end. */
async function underLoad(node, { appenders, random, say, eventBytes, steps }) {
  const findings = new Findings();
  const ledger = new Ledger(node.url, random, eventBytes);
  const { pid } = node;
  let ended = false;
  const load = Array.from({ length: appenders }, async (_, number) => {
    while (!ended) {
      await ledger.appendUntil(`disk-${number}`, () => ended);
      // What fails is sent once more in the end, and all of it must have room then.
      await sleep(PAUSE_AFTER_FAILURE_MS);
    }
  });
  for (const step of steps) {
    if (step.calls === undefined) await fullThenRoom(ledger, step, { say, findings });
    else await failingCalls(node, ledger, step, { say, findings });
  }
  ended = true;
  await Promise.all(load);
  await ledger.settle();
  await checkStreams(ledger.client, ledger.appends, findings);
  if (node.pid !== pid || !node.runs) findings.note('wrong', 'the node ended on the way');
  await node.kill();
  await node.start();
  const events = await checkStreams(ledger.client, ledger.appends, findings);
  await ledger.client.dispose();
  const kept = ledger.appends.filter(({ outcome }) => outcome === 'acknowledged').length;
  say(`${kept} appends acknowledged (${events} events), also after a kill at the end: ${findings}`);
  return findings.none;
}

async function fullThenRoom(ledger, { name, room }, { say, findings }) {
  await until(async () => (await acknowledgedIn(ledger, 2_000)) === 0, 120_000, 'the disk does not fill up');
  const reads = await readable(ledger, findings);
  room();
  const resumedMs = await resumed(ledger);
  say(
    `full: nothing acknowledged, ${reads} streams read all the same; ${name}: acknowledged again ${resumedMs} ms later`,
  );
}

async function failingCalls(node, ledger, { calls }, { say, findings }) {
  await resumed(ledger);
  const strace = spawn('strace', [
    ...[
      '-f',
      '-qq',
      '-p',
      String(node.pid),
      '-o',
      '/dev/null',
      '-e',
      `trace=${calls}`,
      '-e',
      `inject=${calls}:error=EIO`,
    ],
  ]);
  // Rejects when there is no strace.
  const gone = once(strace, 'exit');
  // Attached once commits under way at that moment have had their answers.
  if ((await Promise.race([gone, sleep(1_500)])) !== undefined) throw new Error('strace cannot attach to the node');
  const acknowledged = await acknowledgedIn(ledger, 1_500);
  if (acknowledged > 0) findings.note('wrong', `${acknowledged} appends acknowledged while ${calls} failed`);
  const reads = await readable(ledger, findings);
  strace.kill('SIGINT');
  await gone;
  const resumedMs = await resumed(ledger);
  say(
    `EIO of ${calls}: nothing acknowledged, ${reads} streams read all the same; acknowledged again ${resumedMs} ms later`,
  );
}

/** Streams that have what was acknowledged so far, while others write on. */
async function readable(ledger, findings) {
  let streams = 0;
  const certain = ledger.appends.filter(({ outcome }) => outcome === 'acknowledged');
  for (const stream of new Set(certain.map((append) => append.stream))) {
    const ids = new Set();
    for await (const { event } of ledger.client.readStream(stream)) ids.add(event.id);
    for (const append of certain) {
      if (append.stream === stream && !ids.has(append.events[0].id))
        findings.note('lost', `${stream} on a failing disk`);
    }
    streams += 1;
  }
  return streams;
}

async function acknowledgedIn(ledger, ms) {
  const kept = () => ledger.appends.reduce((sum, { outcome }) => sum + (outcome === 'acknowledged' ? 1 : 0), 0);
  const before = kept();
  await sleep(ms);
  return kept() - before;
}

async function resumed(ledger) {
  const startedMs = performance.now();
  await until(async () => (await acknowledgedIn(ledger, 50)) > 0, 30_000, 'nothing is acknowledged again');
  return Math.round(performance.now() - startedMs);
}

async function until(holds, timeoutMs, otherwise) {
  const endMs = performance.now() + timeoutMs;
  while (!(await holds())) if (performance.now() > endMs) throw new Error(otherwise);
}
