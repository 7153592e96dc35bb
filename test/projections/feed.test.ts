import { connect } from 'nats';
import { describe, expect, it, vi } from 'vitest';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventBus } from '../../src/adapters/event-bus/memory/memory-event-bus.js';
import { NatsEventBus } from '../../src/adapters/event-bus/nats/nats-event-bus.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { ClientId } from '../../src/domain/values/identifiers.js';
import type { CloudEvent, EventBus } from '../../src/ports/event-bus.js';
import { EventBusUnavailable } from '../../src/ports/event-bus.js';
import type { RecordedEvent } from '../../src/ports/event-store.js';
import { AvailabilityProjection } from '../../src/projections/availability.js';
import { FeedProjection } from '../../src/projections/feed.js';
import { ProjectionRunner } from '../../src/projections/run.js';
import { startNats } from '../support/nats-server.js';
import { FixedClock, following, LogLines, level } from './following.js';
import { happenedAt, RECORDED_AT, received, record } from './stock-events.js';

const clock = new FixedClock();

/** A bus that refuses the next so many times, and remembers what got through. */
class Listened extends MemoryEventBus {
  readonly heard: CloudEvent[] = [];
  refusals = 0;
  constructor() {
    super();
    this.subscribe((event) => this.heard.push(event));
  }
  override async publish(events: readonly CloudEvent[]): Promise<void> {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new EventBusUnavailable('away');
    }
    await super.publish(events);
  }
}

async function shop() {
  const events = new MemoryEventStore();
  const model = new MemoryAvailabilityStore();
  const bus = new Listened();
  const feed = (to: EventBus = bus) => new FeedProjection(events, model, to, clock);
  const levelled = <T>(then: (availability: ProjectionRunner) => Promise<T>) =>
    following(events, new AvailabilityProjection(events, model, clock), then);
  return { events, model, bus, feed, levelled };
}

async function batchOf(events: MemoryEventStore, after = 0n) {
  const batch: RecordedEvent[] = [];
  for await (const event of events.readAll({ after, streamPrefixes: ['stock-'] })) batch.push(event);
  return { events: batch, position: await events.head(['stock-']), live: true };
}

const deliveries = (count: number, sku = 'A') =>
  Array.from({ length: count }, (_, index) => happenedAt(sku, 'web', received(`${sku}-${index}`, 10)));

describe('the feed', () => {
  it('tells the last state of each SKU and location of a batch, once', async () => {
    const { events, bus, feed, levelled } = await shop();
    await record(events, [
      ...deliveries(3),
      happenedAt('A', 'store-1', received('s-1', 4)),
      happenedAt('A', 'web', {
        type: 'Reserved',
        reference: 'order-1' as ClientId,
        occurredAt: RECORDED_AT,
        quantity: 7,
        expiresAt: RECORDED_AT + 60_000,
        ttlSeconds: 60,
      }),
    ]);
    const projection = feed();
    await levelled(async () => {
      await projection.start();
      await projection.handle(await batchOf(events));
    });

    const source = `/stockfold/${await events.identity()}`;
    const common = { source, type: 'stockfold.availability-changed.v1', time: '2026-05-01T12:00:00.000Z' };
    const none = { quarantine: 0, damaged: 0 };
    expect(bus.heard).toEqual([
      {
        ...common,
        id: 'A@web/3',
        subject: 'availability/web/A',
        data: { sku: 'A', location: 'web', available: 23, onHand: 30, reserved: 7, revision: 3, ...none },
      },
      {
        ...common,
        id: 'A@store-1/0',
        subject: 'availability/store-1/A',
        data: { sku: 'A', location: 'store-1', available: 4, onHand: 4, reserved: 0, revision: 0, ...none },
      },
    ]);
  });

  it('tells the state of the streams also where the read model is behind', async () => {
    const { events, model, bus, feed, levelled } = await shop();
    await record(events, deliveries(2));
    await levelled(() => model.progress());
    const before = await events.head(['stock-']);
    await record(events, deliveries(5).slice(2));

    const last = await batchOf(events, before + 2n);
    const projection = feed();
    await projection.start();
    await projection.handle(last);
    expect(last.events.map(({ revision }) => revision)).toEqual([4]);
    expect(bus.heard.map(({ data }) => data.onHand)).toEqual([50]);
  });

  it('waits for a read model that is still being built', async () => {
    const { events, bus, feed } = await shop();
    await record(events, deliveries(1));
    const projection = feed();
    await projection.start();
    await expect(projection.handle(await batchOf(events))).rejects.toThrow('not been opened');
    expect(bus.heard).toEqual([]);
  });

  it('loses nothing when the bus refuses, and goes on from its checkpoint after a restart', async () => {
    const { events, bus, feed, levelled } = await shop();
    await levelled(async () => {
      bus.refusals = 2;
      await record(events, deliveries(1, 'A'));
      await following(events, feed(), async (runner, log) => {
        expect(log.lines).toEqual(['away', 'away']);
        expect(bus.heard.map(({ id }) => id)).toEqual(['A@web/0']);
        await record(events, deliveries(1, 'B'));
        await level(events, runner);
      });
      await record(events, deliveries(1, 'C'));
      await following(events, feed(), async () => {});
    });

    const told = bus.heard.map(({ id }) => id);
    expect(new Set(told)).toEqual(new Set(['A@web/0', 'B@web/0', 'C@web/0']));
    expect(told.filter((id) => id === 'A@web/0')).toHaveLength(1);
  });

  it('keeps one checkpoint only', async () => {
    const { events, feed, levelled } = await shop();
    await levelled(async () => {
      const projection = feed();
      await projection.start();
      for (const sku of ['A', 'B', 'C']) {
        await record(events, deliveries(1, sku));
        await projection.handle({ events: [], position: await events.head(['stock-']), live: true });
        await projection.idle();
      }
      const head = await events.head(['stock-']);
      await vi.waitFor(async () => expect(await feed().start()).toBe(head));
    });
    const kept: RecordedEvent[] = [];
    for await (const event of events.readStream('checkpoint-feed')) kept.push(event);
    expect(kept).toHaveLength(1);
  });
});

describe('the feed with NATS away', () => {
  it('hinders nobody, and tells everything once NATS is there', async () => {
    const { events, model, feed, levelled } = await shop();
    const { port, url, kill } = await startNats();
    await kill();
    const bus = new NatsEventBus({ url });
    const runner = new ProjectionRunner(events, feed(bus), new LogLines());

    await levelled(async (availability) => {
      await record(events, deliveries(1, 'A'));
      runner.start();
      await expect.poll(() => runner.status().failures, { timeout: 20_000 }).toBeGreaterThan(0);
      await record(events, deliveries(2, 'B'));
      await level(events, availability);
      expect((await model.progress()).position).toBe(await events.head(['stock-']));

      const server = await startNats({ port });
      await level(events, runner);
      const connection = await connect({ servers: url });
      const { streams } = await connection.jetstreamManager();
      const kept = await streams.getMessage('STOCKFOLD', { last_by_subj: 'stockfold.availability.web.B' });
      expect(kept.json()).toMatchObject({ id: 'B@web/1', data: { onHand: 20 } });
      expect((await streams.info('STOCKFOLD')).state.messages).toBe(2);

      await runner.stop();
      await connection.close();
      await bus.close();
      await server.kill();
    });
  });
});
