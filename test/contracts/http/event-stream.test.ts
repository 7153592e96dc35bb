import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { MemoryAvailabilityStore } from '../../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { writeEventStream } from '../../../src/http/feed/event-stream.js';
import { parseFeedToken } from '../../../src/http/feed/feed-token.js';
import { LiveFeed } from '../../../src/projections/feed/live-feed.js';
import { happens, key } from '../../projections/feed/shop.js';
import { LogLines } from '../../projections/following.js';
import { RECORDED_AT, received } from '../../projections/stock-events.js';
import { EventStream } from '../../support/event-stream.js';
import { FixedClock } from '../../support/fixed-clock.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A server that answers everything with the feed. */
async function serve(store: MemoryEventStore, times: { heartbeatMs: number; stallMs: number }) {
  const feed = new LiveFeed(store, new MemoryAvailabilityStore(), new FixedClock(RECORDED_AT), new LogLines());
  const server = createServer(async (request, response) => {
    const place = parseFeedToken(request.headers['last-event-id']);
    await writeEventStream(response, feed, await feed.open({ includes: () => true }, place), times);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    await feed.stop();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { feed, port, url: `http://127.0.0.1:${port}/` };
}

const PATIENCE = { timeout: 20_000, interval: 5 };

it('a client that hears nothing new for long is told where it stands, so that it need not read that again', async () => {
  const store = new MemoryEventStore();
  const { url } = await serve(store, { heartbeatMs: 5, stallMs: 5_000 });
  const stream = await EventStream.open(url, {});
  void stream.next();
  await expect.poll(() => stream.lastEventId, PATIENCE).toBe('p0');
  stream.close();
});

it('a client that takes nothing is sent away, while others go on; it comes again and misses nothing', async () => {
  const store = new MemoryEventStore();
  const { feed, url, port } = await serve(store, { heartbeatMs: 1_000, stallMs: 3_000 });
  const deaf = connect(port, '127.0.0.1');
  deaf.pause();
  deaf.on('error', () => undefined);
  deaf.write('GET / HTTP/1.1\r\nHost: x\r\nLast-Event-ID: p0\r\n\r\n');
  const other = await EventStream.open(url, { 'last-event-id': 'p0' });
  await expect.poll(() => feed.size, PATIENCE).toBe(2);

  const SKUS = 20_000;
  const isLast = ({ data }: { data: { id: string } }) => data.id === `S-${SKUS - 1}@web/0/back-in-stock`;
  const hearing = other.until(isLast);
  for (let sku = 0; sku < SKUS; sku += 1) {
    await happens(store, key(`S-${sku}`), received('r-1', 1));
    // The client shares this thread.
    if (sku % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await hearing).toHaveLength(2 * SKUS);
  await expect.poll(() => feed.size, PATIENCE).toBe(1);
  other.close();
  await expect.poll(() => feed.size, PATIENCE).toBe(0);

  const again = await EventStream.open(url, { 'last-event-id': 'p0' });
  expect(await again.until(isLast)).toHaveLength(2 * SKUS);
  again.close();
  deaf.destroy();
});
