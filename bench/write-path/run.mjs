/**
 * Events written per second below HTTP: through the event store adapter to the embedded node, and through the mailboxes
 * of the stock streams. `node bench/write-path/run.mjs [--dist dist] [--seconds 3]`; the project must be built. Linux.
 */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, startNode } from './measure.mjs';

const { values } = parseArgs({
  options: { dist: { type: 'string', default: 'dist' }, seconds: { type: 'string', default: '3' } },
});
const dist = resolve(values.dist);
const forMs = Number(values.seconds) * 1_000;
const { EventStoreDbEventStore } = await import(
  join(dist, 'adapters/event-store/eventstoredb/eventstoredb-event-store.js')
);
const { StockTransactor, stockStreams } = await import(join(dist, 'streams/stock-streams.js'));

const STREAMS = 20_000;
const caller = { actor: 'bench', correlationId: randomUUID() };
const node = await startNode(dist);
const store = new EventStoreDbEventStore({ url: node.url });
const clock = { now: () => Date.now() };

/** As large as a sale with its metadata. */
const event = () => ({
  id: randomUUID(),
  type: 'Sold',
  data: { id: 'till-7:receipt-123456', quantity: 2, reference: 'receipt-123456' },
  metadata: {
    schemaVersion: 1,
    occurredAt: '2026-03-02T10:15:30.000Z',
    recordedAt: '2026-03-02T10:15:31.123Z',
    actor: 'bench',
    correlationId: caller.correlationId,
    commandId: 'till-7:receipt-123456',
  },
});

async function appends(lanes, size) {
  const heads = new Map();
  await measure(`adapter: appends of ${size}, ${lanes} at once`, { lanes, forMs, node }, async (lane) => {
    const stream = `bench-${lanes}x${size}-${lane}`;
    const head = heads.get(stream) ?? -1;
    await store.append(stream, head < 0 ? 'no-stream' : head, Array.from({ length: size }, event));
    heads.set(stream, head + size);
    return size;
  });
}

await appends(1, 1);
await appends(16, 1);
await appends(256, 1);
await appends(16, 100);

const streams = () => new StockTransactor(stockStreams, store, clock, { soleWriter: true });
let sent = 0;
const sku = (number) => `stock-SKU-${number}@STORE-A`;

async function record(transactor, stream, type) {
  sent += 1;
  const goods = type === 'Received' ? { unitCost: '2.50', currency: 'EUR' } : {};
  const movement = { type, id: `movement-${sent}`, occurredAt: Date.now(), quantity: 1_000_000, ...goods };
  await transactor.execute(stream, { type: 'record-movement', movement }, caller);
  return 1;
}

const hot = streams();
await record(hot, sku('HOT'), 'Received');
await measure('mailbox: holds on one stream, 256 at once', { lanes: 256, forMs, node }, async () => {
  sent += 1;
  const reservation = { type: 'reserve', reference: `cart-${sent}`, quantity: 1, ttlSeconds: 900 };
  const { status } = await hot.execute(sku('HOT'), reservation, caller);
  if (status !== 'done') throw new Error(`A hold was ${status}`);
  return 1;
});

const many = streams();
let next = 0;
await measure('mailbox: first movement of new streams, 256 at once', { lanes: 256, forMs, node }, () => {
  next += 1;
  return record(many, sku(`NEW-${next}`), 'Received');
});

const warm = streams();
const anyOf = () => sku(Math.floor(Math.random() * STREAMS));
const filling = Array.from({ length: 256 }, async (_, lane) => {
  for (let number = lane; number < STREAMS; number += 256) await record(warm, sku(number), 'Received');
});
await Promise.all(filling);
await measure(`mailbox: movements over ${STREAMS} streams, 256 at once`, { lanes: 256, forMs, node }, () =>
  record(warm, anyOf(), 'Sold'),
);

const restarted = streams();
await measure(`mailbox: the same, streams not yet loaded`, { lanes: 256, forMs: forMs / 4, node }, () =>
  record(restarted, anyOf(), 'Sold'),
);

await store.close();
await node.stop();
