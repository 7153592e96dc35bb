#!/usr/bin/env node
// Two instances share an event store, a Redis and their keys, and sell one SKU: 10,000 units, 20,000 attempts for one
// unit each at 256 in flight, again and again. Exactly 10,000 must be accepted, every one of them must be in the
// stream, and every attempt must have its answer. Then once more with the second instance's clock 30 s ahead and holds
// of 5 s: at no prefix of the stream may more be held than there was.
//
//   node test/faults/oversell/run.mjs [--rounds 20] [--units 10000] [--attempts 20000] [--in-flight 256] [--skew 30]
//
// Needs a build and redis-server on the PATH. STOCKFOLD_DIST names a build elsewhere.

import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { history, walk } from './stream-check.mjs';
import { TwoInstances } from './two-instances.mjs';

const number = (text) => ({ type: 'string', default: text });
const { values } = parseArgs({
  options: {
    rounds: number('20'),
    units: number('10000'),
    attempts: number('20000'),
    'in-flight': number('256'),
    skew: number('30'),
  },
});
const [rounds, units, attempts, inFlight, skewSeconds] = [
  ...[values.rounds, values.units, values.attempts, values['in-flight'], values.skew].map(Number),
];
const LOCATION = 'STORE-A';
const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
let wrong = 0;

await withInstances(0, async (shop) => {
  const p99s = [];
  for (let round = 1; round <= rounds; round += 1) {
    const sku = `HOT-${round}`;
    const { answers, latencies, seconds } = await sellOut(shop, sku, { ttlSeconds: 3_600, units });
    const found = walk(await history(shop.addresses[0], shop.key('auditor'), sku, LOCATION));
    const missing = answers.accepted.filter((reference) => !found.references.has(reference)).length;
    const p99 = percentile(latencies, 0.99);
    p99s.push(p99);
    const exact = answers.accepted.length === units && found.reserved === units && answers.other.length === 0;
    const holds = exact && missing === 0 && found.overHeld === 0 && found.gaps === 0;
    if (!holds) wrong += 1;
    console.log(
      `round ${round}: ${answers.accepted.length} accepted, ${answers.refused} refused, ${answers.other.length} without ` +
        `an answer; in the stream ${found.reserved}, acknowledged and not there ${missing}, over-held at ` +
        `${found.overHeld} revisions; ${Math.round(attempts / seconds)}/s, p50 ${percentile(latencies, 0.5)} ms, ` +
        `p99 ${p99} ms${holds ? '' : '  DOES NOT HOLD'} ${answers.other.slice(0, 3).join(' | ')}`,
    );
  }
  console.log(`p99 over ${rounds} rounds: median ${percentile(p99s, 0.5)} ms, worst ${Math.max(...p99s)} ms`);
});

await withInstances(skewSeconds * 1_000, async (shop) => {
  const stock = Math.ceil(units / 10);
  const { answers, seconds } = await sellOut(shop, 'HOT-SKEWED', { ttlSeconds: 5, units: stock, forSeconds: 15 });
  const found = walk(
    await history(shop.addresses[0], shop.key('auditor'), 'HOT-SKEWED', LOCATION),
    skewSeconds * 1_000,
  );
  const missing = answers.accepted.filter((reference) => !found.references.has(reference)).length;
  const holds = found.overHeld === 0 && found.gaps === 0 && missing === 0 && answers.other.length === 0;
  if (!holds) wrong += 1;
  console.log(
    `clock ${skewSeconds} s ahead, holds of 5 s, ${stock} units, ${Math.round(seconds)} s: ${answers.accepted.length} ` +
      `accepted, ${answers.refused} refused, ${answers.other.length} without an answer; most held at once ` +
      `${found.mostHeld}, over-held at ${found.overHeld} of the stream's prefixes, ${found.expired} holds expired, ` +
      `${found.lostEarly} of them early${holds ? '' : '  DOES NOT HOLD'}`,
  );
});

console.log(wrong === 0 ? 'all holds' : `${wrong} DO NOT HOLD`);
process.exitCode = wrong === 0 ? 0 : 1;

async function withInstances(skewMs, use) {
  const shop = await TwoInstances.start(skewMs);
  try {
    await use(shop);
  } finally {
    await shop.stop();
  }
}

/** Attempts from both sides at once, all of them or as many as fit into a time. */
async function sellOut(shop, sku, { ttlSeconds, units: stock, forSeconds }) {
  const occurredAt = new Date(Date.now() - 60_000).toISOString();
  const receipt = { id: 'opening', type: 'receipt', sku, location: LOCATION, occurredAt, quantity: stock };
  const stocked = { movements: [{ ...receipt, unitCost: '1.00', currency: 'EUR' }] };
  await send(shop.addresses[0], '/v1/movements', stocked, shop.key('store'));
  const key = shop.key('storefront');
  const answers = { accepted: [], refused: 0, other: [] };
  const latencies = [];
  const begun = performance.now();
  let next = 0;
  const goesOn = () => (forSeconds === undefined ? next < attempts : performance.now() - begun < forSeconds * 1_000);
  const customer = async () => {
    while (goesOn()) {
      const attempt = next++;
      const reference = `order-${attempt}`;
      const body = { reference, ttlSeconds, lines: [{ sku, location: LOCATION, quantity: 1 }] };
      const sentAt = performance.now();
      const answer = await send(shop.addresses[attempt % 2], '/v1/reservations', body, key).catch(String);
      latencies.push(performance.now() - sentAt);
      if (answer.status === 201) answers.accepted.push(reference);
      else if (answer.status === 409) answers.refused += 1;
      else answers.other.push(typeof answer === 'string' ? answer : `${answer.status} ${answer.text}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, customer));
  return { answers, latencies, seconds: (performance.now() - begun) / 1_000 };
}

function send(address, path, body, key) {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${address}${path}`, { method: 'POST', agent, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
