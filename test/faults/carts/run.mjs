#!/usr/bin/env node
// Two instances share an event store, a Redis and their keys. A thousand customers at once reserve carts of five lines
// over twenty hot SKUs and confirm, extend, move, cancel, refuse and fulfil them, while the instances are killed again
// and again; a request whose answer is lost is sent again, or given up. Then the service recovers by itself, and the
// streams, read from the event store, must show no half cart, no stray hold, nothing oversold and all that was answered.
//
//   node test/faults/carts/run.mjs [--rounds 3] [--carts 1000] [--kills 3] [--seed N]
//
// Needs a build and redis-server on the PATH. STOCKFOLD_DIST names a build elsewhere.

import { parseArgs } from 'node:util';
import { randomFrom } from '../../support/random.mjs';
import { TwoInstances } from '../oversell/two-instances.mjs';
import { Record } from './record.mjs';
import { Round } from './round.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    carts: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const FAULTS_SHOWN = 20;
const random = randomFrom(Number(values.seed));
const faults = [];
const table = [];
const changes = {};

console.log(`seed ${values.seed}`);
const shop = await TwoInstances.start(0);
const record = new Record(shop.storeUrl);
try {
  const rounds = [];
  for (let number = 1; number <= Number(values.rounds); number += 1) {
    const round = new Round(number, shop, record, random);
    await round.stock(Number(values.carts));
    await round.storm(Number(values.carts), Number(values.kills));
    console.log(`round ${number}: the storm is over`);
    await round.recover();
    console.log(`round ${number}: recovered`);
    await round.comeBack();
    console.log(`round ${number}: everybody has been answered`);
    table.push(round.counts());
    addUp(changes, round.changes());
    rounds.push(round);
  }
  for (const round of rounds) {
    await round.outliveHolds();
    faults.push(...round.faults.map((fault) => `round ${round.number}: ${fault}`));
  }
} finally {
  await record.close();
  await shop.stop();
}
console.table(table);
console.table(changes);
for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(fault);
console.log(faults.length === 0 ? 'all holds' : `${faults.length} faults with seed ${values.seed}: DOES NOT HOLD`);
process.exitCode = faults.length === 0 ? 0 : 1;

function addUp(sums, counts) {
  for (const [kind, outcomes] of Object.entries(counts)) {
    sums[kind] ??= {};
    for (const [outcome, count] of Object.entries(outcomes)) sums[kind][outcome] = (sums[kind][outcome] ?? 0) + count;
  }
}
