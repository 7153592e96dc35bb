/**
 * What appends have to suffer from reads: 16 appenders write one by one, with and without eight readers that read the
 * whole store at full speed, turn by turn in one run. The readers are a process of their own.
 *
 *   node bench/event-store/starve.mjs [--dist dist] [--events 1000000] [--rounds 5] [--seconds 4] [--readers 8]
 *
 * The project must be built. Prints what an append took in the middle and at its worst hundredth, and the readers' rate.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { newFolder, startServer } from '../processes.mjs';
import { sampleData, sampleMetadata } from './sample.mjs';

const { values } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    readers: { type: 'string', default: '8' },
    /** Set where this program runs as the readers. */
    read: { type: 'string' },
  },
});
const APPENDERS = 16;
const [events, rounds, forMs] = [Number(values.events), Number(values.rounds), Number(values.seconds) * 1_000];
const event = () => jsonEvent({ type: 'Sold', data: sampleData, metadata: sampleMetadata });

if (values.read === undefined) await main();
else await readOnCommand(EventStoreDBClient.connectionString(values.read), Number(values.readers));
process.exit(0);

async function main() {
  const dataDir = newFolder();
  const nodeArgs = ['--max-semi-space-size=64', join(resolve(values.dist), 'eventstore.js')];
  const node = await startServer([...nodeArgs, '--data', dataDir, '--port', '0', '--child']);
  const client = EventStoreDBClient.connectionString(node.url);
  const readers = fork(import.meta.filename, ['--read', node.url, '--readers', values.readers]);
  try {
    await fill(client);
    const [alone, beside] = [[], []];
    const rates = [];
    for (let round = 0; round < rounds; round += 1) {
      alone.push(...(await appends(client, `alone-${round}`)));
      readers.send('go');
      await once(readers, 'message');
      beside.push(...(await appends(client, `beside-${round}`)));
      readers.send('stop');
      rates.push((await once(readers, 'message'))[0]);
    }
    console.log(`${rounds} rounds; a store of ${events.toLocaleString('en')} events`);
    report('appends alone', alone);
    report(`beside ${values.readers} readers`, beside);
    console.log(`readers together ${Math.round(percentile(rates, 0.5)).toLocaleString('en')} events/s`);
  } finally {
    readers.kill();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function fill(client) {
  let left = events;
  const lane = async (number) => {
    for (let count = 0; left > 0; count += 1) {
      const size = Math.min(100, left);
      left -= size;
      await client.appendToStream(`fill-${number}-${count % 1_000}`, Array.from({ length: size }, event));
    }
  };
  await Promise.all(Array.from({ length: APPENDERS }, (_, number) => lane(number)));
}

/** @returns what each append took, in milliseconds */
async function appends(client, name) {
  const took = [];
  const endMs = performance.now() + forMs;
  const lane = async (number) => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      await client.appendToStream(`${name}-${number}`, event());
      took.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: APPENDERS }, (_, number) => lane(number)));
  return took;
}

/** From `go`, answered when all have begun, to `stop`, answered with events a second. */
async function readOnCommand(client, readers) {
  let reading = false;
  let read = 0;
  const readOn = async (begun) => {
    while (reading) {
      for await (const _ of client.readAll({ maxCount: events }, { highWaterMark: 1_024 })) {
        begun();
        read += 1;
        if (!reading) return;
      }
    }
  };
  for (;;) {
    await once(process, 'message');
    reading = true;
    read = 0;
    const fromMs = performance.now();
    let ends;
    await Promise.all(
      Array.from({ length: readers }, () => new Promise((begun) => (ends = [...(ends ?? []), readOn(begun)]))),
    );
    process.send('reading');
    await once(process, 'message');
    reading = false;
    process.send(read / ((performance.now() - fromMs) / 1_000));
    await Promise.all(ends);
  }
}

function report(name, took) {
  const each = [0.5, 0.99].map((part) => percentile(took, part).toFixed(2));
  const rate = Math.round(took.length / rounds / (forMs / 1_000)).toLocaleString('en');
  console.log(`${name.padEnd(18)} p50 ${each[0]} ms  p99 ${each[1]} ms  ${rate} appends/s`);
}

function percentile(numbers, part) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
