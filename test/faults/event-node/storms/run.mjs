#!/usr/bin/env node
// The event node under so many appenders at once, through the official client, which keeps a ledger of what it was told:
//   kills      `kill -9` at random times; what had no answer is settled by sending it again
//   full-disk  a disk that fills up and gets room again (Linux, as root: mounts a small tmpfs)
//   bad-disk   syncs and writes that fail with EIO (Linux; needs strace)
// Nothing acknowledged may be lost, nothing be there twice or out of order.
//
//   node test/faults/event-node/storms/run.mjs [kills full-disk bad-disk] [--rounds 20] [--appenders 64] [--seed 1]
//
// Needs a build. STOCKFOLD_DIST names a build elsewhere.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomFrom } from '../../../support/random.mjs';
import { badDisk, fullDisk } from './disk-faults.mjs';
import { kills } from './kills.mjs';
import { NodeUnderTest } from './node-under-test.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '20' },
    appenders: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
  },
});
// An append whose connection is gone may be rejected by the client after its outcome was taken as unknown.
process.on('unhandledRejection', () => undefined);

const STORMS = { kills: killed, 'full-disk': fullDisk, 'bad-disk': badDisk };
const options = {
  rounds: Number(values.rounds),
  appenders: Number(values.appenders),
  random: randomFrom(Number(values.seed)),
  say: (line) => console.log(`  ${line}`),
};

let holds = true;
for (const name of positionals.length > 0 ? positionals : Object.keys(STORMS)) {
  const storm = STORMS[name];
  if (storm === undefined) throw new Error(`there is no storm ${name}: ${Object.keys(STORMS).join(', ')}`);
  console.log(name);
  holds = (await storm(options)) && holds;
}
console.log(holds ? 'all holds' : 'DOES NOT HOLD');
process.exit(holds ? 0 : 1);

async function killed(options) {
  const directory = mkdtempSync(join(tmpdir(), 'stockfold-kills-'));
  const node = new NodeUnderTest(directory);
  try {
    return await kills(node, options);
  } finally {
    await node.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}
