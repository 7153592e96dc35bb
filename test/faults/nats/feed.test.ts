import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { expect, it } from 'vitest';
import { NatsEventBus } from '../../../src/adapters/event-bus/nats/nats-event-bus.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { FeedProjection } from '../../../src/projections/feed/feed-projection.js';
import { ProjectionRunner } from '../../../src/projections/run.js';
import { happens, key } from '../../projections/feed/shop.js';
import { following, LogLines, level } from '../../projections/following.js';
import { RECORDED_AT, received } from '../../projections/stock-events.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { startNats } from '../../support/nats-server.js';

const clock = new FixedClock(RECORDED_AT);
const SKUS = ['A', 'B', 'C'];

it('NATS away from the start: the feed waits, and tells everything once it is there', async () => {
  const events = new MemoryEventStore();
  const { port, url, kill } = await startNats();
  await kill();
  const bus = new NatsEventBus({ url });
  const runner = new ProjectionRunner(events, new FeedProjection(events, bus, clock), new LogLines());
  runner.start();
  await happens(events, key('A'), received('r-1', 10));
  await expect.poll(() => runner.status().failures, { timeout: 20_000 }).toBeGreaterThan(0);
  await happens(events, key('A'), received('r-2', 10));

  const server = await startNats({ port });
  await level(events, runner);
  const connection = await connect({ servers: url });
  const { streams } = await connection.jetstreamManager();
  const kept = await streams.getMessage('STOCKFOLD', { last_by_subj: 'stockfold.availability.web.A' });
  expect(kept.json()).toMatchObject({ id: 'A@web/1', data: { onHand: 20 } });
  await runner.stop();
  await Promise.all([connection.close(), bus.close()]);
  await server.kill();
});

it('NATS killed in the middle, with two projectors: every exception arrives once, and the last state of each SKU', async () => {
  const storeDir = await mkdtemp(join(tmpdir(), 'stockfold-test-nats-'));
  const first = await startNats({ storeDir });
  const events = new MemoryEventStore();
  const buses = [1, 2].map(() => new NatsEventBus({ url: first.url }));
  const runners = buses.map(
    (bus) => new ProjectionRunner(events, new FeedProjection(events, bus, clock), new LogLines()),
  );
  for (const runner of runners) runner.start();

  const DELIVERIES = 120;
  let restarted: ReturnType<typeof startNats> | undefined;
  for (let index = 0; index < DELIVERIES; index += 1) {
    if (index === 40) {
      await first.kill();
      restarted = startNats({ port: first.port, storeDir });
    }
    const late = { ...received(`r-${index}`, 1), exceptions: ['late' as const] };
    for (const sku of SKUS) await happens(events, key(sku), late);
    if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const second = await restarted;
  for (const runner of runners) await level(events, runner);

  const connection = await connect({ servers: first.url });
  const { streams } = await connection.jetstreamManager();
  const { state } = await streams.info('STOCKFOLD-EXCEPTIONS');
  const ids: string[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    ids.push((await streams.getMessage('STOCKFOLD-EXCEPTIONS', { seq })).json<{ id: string }>().id);
  }
  for (const sku of SKUS) {
    const expected = Array.from({ length: DELIVERIES }, (_, revision) => `${sku}@web/${revision}/late-movement`);
    const arrived = ids.filter((id) => id.startsWith(`${sku}@`) && id.endsWith('/late-movement'));
    // A killed NATS may have lost what it had acknowledged but not synced; nothing comes twice or out of order.
    expect(arrived).toEqual(expected.filter((id) => arrived.includes(id)));
    const kept = await streams.getMessage('STOCKFOLD', { last_by_subj: `stockfold.availability.web.${sku}` });
    expect(kept.json()).toMatchObject({ data: { onHand: DELIVERIES } });
    expect(arrived.length).toBeGreaterThanOrEqual(DELIVERIES - 41);
  }
  for (const runner of runners) await runner.stop();
  await Promise.all([connection.close(), ...buses.map((bus) => bus.close())]);
  await second?.kill();
  await rm(storeDir, { recursive: true, force: true });
});

it('a restart without NATS between begins where the checkpoint stands', async () => {
  const server = await startNats();
  const events = new MemoryEventStore();
  const tell = async () => {
    const bus = new NatsEventBus({ url: server.url });
    await following(events, new FeedProjection(events, bus, clock), async () => {});
    await bus.close();
  };
  await happens(events, key('A'), received('r-1', 10));
  await tell();
  await happens(events, key('A'), received('r-2', 10));
  await tell();
  await tell();
  const connection = await connect({ servers: server.url });
  const { state } = await (await connection.jetstreamManager()).streams.info('STOCKFOLD');
  expect(state).toMatchObject({ messages: 1, last_seq: 2 });
  await connection.close();
  await server.kill();
});
