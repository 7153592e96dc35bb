/**
 * The embedded node beside a server that stores nothing (the ceiling of the client) and any other server, through the
 * official client, turn by turn in one run: appends one by one, 16 and 256 in flight, 16 x 100 events, and reading all.
 *
 *   node bench/event-store/run.mjs [--dist dist] [--rounds 5] [--seconds 2] [--read 100000] [--other NAME=URL ...]
 *
 * The project must be built. The last lines give each rate as a part of the ceiling's: medians of the rounds.
 */
import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { sampleData, sampleMetadata } from './sample.mjs';
import { startTargets } from './targets.mjs';

const { values } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    read: { type: 'string', default: '100000' },
    other: { type: 'string', multiple: true, default: [] },
  },
});
const [rounds, forMs, readCount] = [Number(values.rounds), Number(values.seconds) * 1_000, Number(values.read)];
const event = () => jsonEvent({ type: 'Sold', data: sampleData, metadata: sampleMetadata });

const CASES = [
  { name: '1 in flight', lanes: 1, size: 1 },
  { name: '16 in flight', lanes: 16, size: 1 },
  { name: '256 in flight', lanes: 256, size: 1 },
  { name: '16 x 100 events', lanes: 16, size: 100 },
];

const targets = await startTargets(resolve(values.dist), values.other);
for (const target of targets) target.client = EventStoreDBClient.connectionString(target.url);
const figures = new Map();
const note = (target, name, figure) => {
  const key = `${name}|${target.name}`;
  figures.set(key, [...(figures.get(key) ?? []), figure]);
};

const syncMs = [];
for (let round = 0; round <= rounds; round += 1) {
  // Turn by turn, each time another one first; the first round warms up.
  const order = targets.map((_, index) => targets[(index + round) % targets.length]);
  for (const { name, lanes, size } of CASES) {
    for (const target of order) {
      const figure = await appends(target, lanes, size, round);
      if (round > 0) note(target, name, figure);
    }
  }
  for (const target of order) {
    const figure = await readsAll(target);
    if (round > 0) note(target, 'reading all', figure);
  }
  if (round > 0) syncMs.push(...syncs());
}
report();
for (const { client, stop } of targets) {
  await client.dispose();
  await stop();
}
process.exit(0);

/** @returns events a second, and what an append took in the middle and at its worst hundredth */
async function appends({ client }, lanes, size, round) {
  const latencies = [];
  const startedMs = performance.now();
  const endMs = startedMs + forMs;
  const lane = async (number) => {
    const stream = `bench-${process.pid}-${lanes}x${size}-${round}-${number}`;
    let expectedRevision = 'no_stream';
    while (performance.now() < endMs) {
      const events = Array.from({ length: size }, event);
      const sentMs = performance.now();
      expectedRevision = (await client.appendToStream(stream, events, { expectedRevision })).nextExpectedRevision;
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  const rate = (latencies.length * size) / ((performance.now() - startedMs) / 1_000);
  return { rate, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

async function readsAll({ client }) {
  const startedMs = performance.now();
  let events = 0;
  for await (const _ of client.readAll({ maxCount: readCount }, { highWaterMark: 1_024 })) events += 1;
  return { rate: events / ((performance.now() - startedMs) / 1_000) };
}

/** What the disk takes to keep 4 KiB more. */
function syncs() {
  const directory = mkdtempSync(join(tmpdir(), 'stockfold-sync-'));
  const file = openSync(join(directory, 'probe'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const took = Array.from({ length: 50 }, () => {
    writeSync(file, page);
    const startedMs = performance.now();
    fdatasyncSync(file);
    return performance.now() - startedMs;
  });
  rmSync(directory, { recursive: true, force: true });
  return took;
}

function report() {
  console.log(`medians of ${rounds} rounds; a sync of the disk takes ${percentile(syncMs, 0.5).toFixed(2)} ms`);
  for (const name of [...CASES.map((each) => each.name), 'reading all']) {
    const of = (target, figure) =>
      percentile(
        figures.get(`${name}|${target.name}`).map((each) => each[figure] ?? 0),
        0.5,
      );
    const [ceiling] = targets.map((target) => of(target, 'rate'));
    for (const target of targets) {
      const rate = Math.round(of(target, 'rate'));
      const latency =
        name === 'reading all' ? '' : `p50 ${of(target, 'p50').toFixed(2)} ms  p99 ${of(target, 'p99').toFixed(2)} ms`;
      const part = (rate / ceiling).toFixed(2);
      console.log(
        `${name.padEnd(16)} ${target.name.padEnd(12)} ${rate.toLocaleString('en').padStart(8)} events/s  ${part}  ${latency}`,
      );
    }
  }
}

function percentile(numbers, part) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
