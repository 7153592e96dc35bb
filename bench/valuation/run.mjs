/**
 * What valuation costs without an ERP. `node --expose-gc --max-semi-space-size=64 bench/valuation/run.mjs [throughput|memory|layers ...]
 * [--dist dist] [--events 60000] [--streams 2000] [--rounds 3]`; the project must be built. Linux.
 *
 * throughput: the projection over a store in memory and over the embedded node, beside the pure fold of the same events
 *   (decode, value, evolve; `to bytes` makes the stored form too) in the same process, in turns; both methods of costing.
 *   On a machine that others use, compare the processor times.
 * memory: a million events through the projection into a store that forgets them; about as many units come as go.
 * layers: a movement where ten layers are on hand beside one where a hundred thousand are.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { layers } from './layers.mjs';
import { memory } from './memory.mjs';
import { throughput } from './throughput.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dist: { type: 'string', default: 'dist' },
    events: { type: 'string', default: '60000' },
    streams: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
  },
});
const options = {
  dist: resolve(values.dist),
  events: Number(values.events),
  streams: Number(values.streams),
  rounds: Number(values.rounds),
};
const parts = { throughput, layers, memory };
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) throw new Error(`There is no part ${name}; there are ${Object.keys(parts).join(', ')}.`);
  await part(options);
}
