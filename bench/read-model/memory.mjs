/**
 * What availability takes in Redis (used_memory has the table of keys and what the allocator rounds up), and in a process that keeps documents at hand.
 * `node --expose-gc bench/read-model/memory.mjs [--dist dist] [--skus 20000]`; needs `redis-server` in the PATH, and
 * the project built.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from 'redis';
import { startRedis } from './processes.mjs';

const { values } = parseArgs({
  options: { dist: { type: 'string', default: 'dist' }, skus: { type: 'string', default: '20000' } },
});
const load = (path) => import(pathToFileURL(resolve(values.dist, path)).href);
const { RedisAvailabilityStore } = await load('adapters/availability-store/redis/redis-availability-store.js');
const { RecentDocuments } = await load('adapters/availability-store/redis/recent-documents.js');
const { decodeDocument, encodeDocument } = await load('adapters/availability-store/document.js');
const { NO_CELL } = await load('domain/availability/cell.js');

const skus = Number(values.skus);
const redis = await startRedis();
const client = await createClient({ url: redis.url }).connect();
for (const locations of [1, 4]) {
  await client.flushAll();
  const store = new RedisAvailabilityStore(redis.url, 'default');
  await store.open(randomUUID(), 0n);
  // What the scripts and connections take does not grow with what is kept.
  await save(store, [documentOf(0, locations)]);
  const before = await usedMemory();
  const documents = Array.from({ length: skus }, (_, index) => documentOf(index, locations));
  for (let start = 0; start < skus; start += 500) {
    await save(store, documents.slice(start, start + 500));
  }
  const used = (await usedMemory()) - before;
  console.log(
    `${skus} SKUs x ${locations}: ${(used / skus / locations).toFixed(1)} bytes a SKU/location of used_memory, ` +
      `${((await keysMemory()) / skus / locations).toFixed(1)} of MEMORY USAGE; ` +
      `${(heapOf(documents) / skus / locations).toFixed(0)} in a process that has it at hand`,
  );
  await store.close();
}
await client.destroy();
await redis.stop();

function save(store, documents) {
  return store.save(documents, { position: documents.at(-1).position, asOf: 0 });
}

function documentOf(index, locations) {
  const sku = `SKU-${String(index).padStart(6, '0')}`;
  const cells = Array.from({ length: locations }, (_, location) => [
    `store-${location + 1}`,
    { ...NO_CELL, revision: 3 + (index % 90), onHand: { sellable: index % 1_000, quarantine: 0, damaged: 0 } },
  ]);
  return { sku, position: BigInt(1_000_000 + index * locations), cells: new Map(cells) };
}

async function usedMemory() {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
}

async function keysMemory() {
  let bytes = 0;
  for await (const keys of client.scanIterator({ MATCH: '{sf*}[0-9a-z]*:*', COUNT: 1_000 })) {
    for (const size of await Promise.all(keys.map((key) => client.memoryUsage(key)))) bytes += size ?? 0;
  }
  return bytes;
}

function heapOf(documents) {
  if (globalThis.gc === undefined) return Number.NaN;
  const texts = documents.map((document) => [document.sku, encodeDocument(document)]);
  const held = new RecentDocuments(Number.MAX_SAFE_INTEGER);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (const [sku, text] of texts) held.set(sku, { document: decodeDocument(sku, text) });
  globalThis.gc();
  const after = process.memoryUsage().heapUsed;
  held.clear();
  return after - before;
}
