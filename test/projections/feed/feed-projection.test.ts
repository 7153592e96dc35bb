import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import type { RecordedEvent } from '../../../src/ports/event-store.js';
import { FeedProjection } from '../../../src/projections/feed/feed-projection.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { following, level } from '../following.js';
import { happenedAt, RECORDED_AT, received, record } from '../stock-events.js';
import { atSecond, batchOf, happens, key, Listened, reserved } from './shop.js';

function shop() {
  const clock = new FixedClock(RECORDED_AT + 500);
  const events = new MemoryEventStore();
  const bus = new Listened();
  return { clock, events, bus, feed: () => new FeedProjection(events, bus, clock) };
}

const deliveries = (count: number, sku = 'A') =>
  Array.from({ length: count }, (_, index) => happenedAt(sku, 'web', received(`${sku}-${index}`, 10)));

describe('the feed', () => {
  it('tells the last availability of each SKU and location of a batch, once', async () => {
    const { events, bus, feed } = shop();
    await record(events, [...deliveries(3), happenedAt('A', 'store-1', received('s-1', 4))]);
    await happens(events, key('A'), reserved('order-1', 7, 60));
    const projection = feed();
    await projection.start();
    await projection.handle(await batchOf(events));

    const source = `/stockfold/${await events.identity()}`;
    const common = { source, type: 'stockfold.availability-changed.v1', time: '2026-05-01T12:00:00.000Z' };
    const none = { safetyStock: 0, protected: 0, quarantine: 0, damaged: 0, inbound: 0 };
    expect(bus.heard.filter(({ type }) => type === common.type)).toEqual([
      {
        ...common,
        id: 'A@store-1/0',
        subject: 'availability/store-1/A',
        sequence: '0000000000.00000000000000',
        data: { sku: 'A', location: 'store-1', available: 4, onHand: 4, reserved: 0, revision: 0, ...none },
      },
      {
        ...common,
        id: 'A@web/3',
        subject: 'availability/web/A',
        sequence: '0000000003.00000000000000',
        data: { sku: 'A', location: 'web', available: 23, onHand: 30, reserved: 7, revision: 3, ...none },
      },
    ]);
  });

  it('loses nothing when the bus refuses, and goes on from its checkpoint after a restart', async () => {
    const { events, bus, feed } = shop();
    bus.refusals = 2;
    await record(events, deliveries(1, 'A'));
    await following(events, feed(), async (runner, log) => {
      expect(log.lines).toEqual(['away', 'away']);
      expect(bus.told).toEqual(['availability-changed A', 'back-in-stock A']);
      await record(events, deliveries(1, 'B'));
      await level(events, runner);
    });
    await record(events, deliveries(1, 'C'));
    await following(events, feed(), async () => {});
    expect(bus.told).toEqual(['A', 'B', 'C'].flatMap((sku) => [`availability-changed ${sku}`, `back-in-stock ${sku}`]));
  });

  it('tells of a hold that ends by itself', async () => {
    const { clock, events, bus, feed } = shop();
    await happens(events, key('A'), received('r-1', 1));
    await happens(events, key('A'), reserved('cart', 1, 30));
    const projection = feed();
    await projection.start();
    await projection.handle(await batchOf(events));
    bus.refusals = 1;
    clock.set(atSecond(30));
    await expect(projection.idle()).rejects.toThrow('away');
    await projection.idle();
    await projection.idle();
    expect(bus.told.slice(2)).toEqual(['availability-changed A', 'back-in-stock A']);
  });

  it('is told once by two projectors together', async () => {
    const { events, bus, feed } = shop();
    await following(events, feed(), async (one) => {
      await following(events, feed(), async (other) => {
        await record(events, deliveries(20, 'A'));
        await Promise.all([level(events, one), level(events, other)]);
      });
    });
    const ids = bus.heard.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(bus.heard.at(-1)?.data.onHand).toBe(200);
  });

  it('keeps one checkpoint only', async () => {
    const { events, feed } = shop();
    const projection = feed();
    await projection.start();
    for (const sku of ['A', 'B', 'C']) {
      await record(events, deliveries(1, sku));
      await projection.handle({ events: [], position: await events.head(['stock-']), live: true });
      await projection.idle();
    }
    const head = await events.head(['stock-']);
    await expect.poll(() => feed().start()).toBe(head);
    const kept: RecordedEvent[] = [];
    for await (const event of events.readStream('checkpoint-feed')) kept.push(event);
    expect(kept).toHaveLength(1);
  });
});
