#!/usr/bin/env node
// On-hand stock per SKU and location, computed straight from a point-of-sale export: a second opinion on the service,
// with which it shares no code.
//
//   node test/independent/on-hand.mjs <file.csv|.csv.gz> [--opening N]
//     prints {"SKU@LOCATION": onHand, ...}
//   node test/independent/on-hand.mjs <file> [--opening N] --check URL --key KEY [--wait-seconds 30]
//     compares with the service and exits 1 on any difference

import { parseArgs } from 'node:util';
import { records } from './csv.mjs';

const SKUS_A_REQUEST = 1000;
const MAX_SHOWN = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    opening: { type: 'string', default: '0' },
    check: { type: 'string' },
    key: { type: 'string' },
    'wait-seconds': { type: 'string', default: '30' },
  },
});
const [file] = positionals;
if (file === undefined || !/^\d+$/.test(values.opening) || (values.check !== undefined && values.key === undefined)) {
  console.error('usage: node on-hand.mjs <file.csv|.csv.gz> [--opening N] [--check URL --key KEY [--wait-seconds S]]');
  process.exit(2);
}

const onHand = await computeOnHand(file, Number(values.opening));
if (values.check === undefined) {
  console.log(JSON.stringify(Object.fromEntries([...onHand].sort(([a], [b]) => (a < b ? -1 : 1)))));
} else {
  process.exitCode = (await check(onHand, values.check, values.key)) ? 0 : 1;
}

async function computeOnHand(path, opening) {
  const totals = new Map();
  let at;
  for await (const fields of records(path)) {
    if (at === undefined) {
      at = Object.fromEntries(fields.map((name, index) => [name.trim(), index]));
      continue;
    }
    const text = (column) => fields[at[column]].trim();
    const code = text('stock_code');
    if (!/^[0-9]{5}[a-zA-Z]{0,2}$/.test(code)) continue;
    const quantity = Number(text('quantity'));
    if (!Number.isInteger(quantity)) throw new Error(`quantity ${text('quantity')} is no whole number`);
    const stream = `${code.toUpperCase()}@${text('country')
      .split(/[^0-9A-Za-z]+/)
      .join('-')}`;
    // A line that moves nothing makes no stream, unless an opening receipt stands before it.
    if (quantity === 0 && opening === 0) continue;
    // A return comes in; all else goes out, be it sold or, with a negative quantity, written off.
    const sign = text('invoice_no')[0].toLowerCase() === 'c' ? 1 : -1;
    totals.set(stream, (totals.get(stream) ?? opening) + sign * Math.abs(quantity));
  }
  return totals;
}

/** The read model trails the streams a little: differences are looked at again until they go or time is up. */
async function check(expected, url, key) {
  const giveUpAt = Date.now() + Number(values['wait-seconds']) * 1000;
  for (;;) {
    const differences = compare(expected, await askService(expected, url, key));
    if (differences.length > 0 && Date.now() < giveUpAt) {
      await new Promise((resume) => setTimeout(resume, 500));
      continue;
    }
    const missing = differences.filter(({ stream }) => expected.has(stream)).length;
    console.log(`rows compared ${expected.size}`);
    console.log(`equal         ${expected.size - missing}`);
    console.log(`different     ${differences.length}`);
    for (const { stream, ours, theirs } of differences.slice(0, MAX_SHOWN)) {
      console.log(`  ${stream}: computed ${ours ?? 'nothing'}, the service has ${theirs ?? 'nothing'}`);
    }
    return differences.length === 0;
  }
}

async function askService(expected, url, key) {
  const skus = [...new Set([...expected.keys()].map((stream) => stream.slice(0, stream.indexOf('@'))))];
  const found = new Map();
  for (let from = 0; from < skus.length; from += SKUS_A_REQUEST) {
    const response = await fetch(new URL('/v1/availability', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ skus: skus.slice(from, from + SKUS_A_REQUEST), detail: true }),
    });
    if (response.status !== 200) throw new Error(`the service answers ${response.status}: ${await response.text()}`);
    const { items } = await response.json();
    for (const { sku, locations } of items) {
      for (const cell of locations) found.set(`${sku}@${cell.location}`, cell.onHand);
    }
  }
  return found;
}

/** Both ways round: a stream the service has beyond the file's is a difference too. */
function compare(expected, found) {
  return [...new Set([...expected.keys(), ...found.keys()])]
    .map((stream) => ({ stream, ours: expected.get(stream), theirs: found.get(stream) }))
    .filter(({ ours, theirs }) => ours !== theirs);
}
