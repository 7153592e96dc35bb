import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeDocument } from '../../src/adapters/availability-store/document.js';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { holdAddressOf } from '../../src/domain/reservation/reservation-id.js';
import type { StockEvent } from '../../src/domain/stock/events.js';
import type { ClientId, Sku } from '../../src/domain/values/identifiers.js';
import type { Instant } from '../../src/domain/values/instant.js';
import type { AvailabilityStore } from '../../src/ports/availability-store.js';
import type { RecordedEvent } from '../../src/ports/event-store.js';
import { AvailabilityProjection } from '../../src/projections/availability.js';
import { patientRedis } from '../support/patient-redis.js';
import { realRedis } from '../support/servers.js';
import { FixedClock, following, level } from './following.js';
import { anyHistory, foldDirectly, type Happened, happenedAt, RECORDED_AT, received, record } from './stock-events.js';

const clock = new FixedClock();
const SKUS = ['A', 'B.1', 'B_2'] as Sku[];

let redisUrl: string;
beforeAll(async () => {
  redisUrl = await realRedis();
});

const MODELS: [string, number, () => AvailabilityStore][] = [
  ['memory', 60, () => new MemoryAvailabilityStore()],
  ['redis', 15, () => patientRedis(redisUrl, randomUUID())],
];

/** The model's own words for every SKU. */
async function contents(model: AvailabilityStore): Promise<(string | undefined)[]> {
  const { items } = await model.read(SKUS);
  return items.map((item) => item && encodeDocument(item));
}

describe.each(MODELS)('availability in %s', (_, numRuns, newModel) => {
  it('equals the fold of any streams, and a rebuild gives the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyHistory, async (history, later) => {
        const events = new MemoryEventStore();
        const [model, rebuilt] = [newModel(), newModel()];
        await record(events, history);
        const forgetful = new AvailabilityProjection(events, model, clock, 2);
        await following(events, forgetful, async (runner) => {
          await record(events, later);
          await level(events, runner);
          await expectFoldOf([...history, ...later], model);
        });
        await following(events, new AvailabilityProjection(events, rebuilt, clock), async () => {
          expect(await contents(rebuilt)).toEqual(await contents(model));
        });
        await Promise.all([model.close(), rebuilt.close()]);
      }),
      { numRuns },
    );
  });

  it('takes every event once when two instances follow, and when one starts again', async () => {
    const events = new MemoryEventStore();
    const model = newModel();
    const history = Array.from({ length: 200 }, (_, index) =>
      happenedAt('A', `store-${index % 2}`, received(`r-${index}`, 1)),
    );
    await record(events, history.slice(0, 100));
    await following(events, new AvailabilityProjection(events, model, clock), async (one) => {
      await following(events, new AvailabilityProjection(events, model, clock), async (other) => {
        await record(events, history.slice(100));
        await Promise.all([level(events, one), level(events, other)]);
      });
    });
    await following(events, new AvailabilityProjection(events, model, clock), () => expectFoldOf(history, model));
    await model.close();
  });

  it('begins anew by itself when the model was discarded behind its back', async () => {
    const events = new MemoryEventStore();
    const model = newModel();
    const history = [happenedAt('A', 'web', received('r-1', 5)), happenedAt('A', 'web', received('r-2', 7))];
    await record(events, history.slice(0, 1));
    await following(events, new AvailabilityProjection(events, model, clock), async (runner) => {
      await model.discard();
      await record(events, history.slice(1));
      await level(events, runner);
      await expect.poll(() => model.progress().then(() => 'answers', String)).toBe('answers');
      await expectFoldOf(history, model);
    });
    await model.close();
  });

  it('begins anew by itself when a document has lost events', async () => {
    const events = new MemoryEventStore();
    const model = newModel();
    await record(events, [happenedAt('A', 'web', received('r-1', 5))]);
    // A model that claims to be level but holds nothing.
    await model.open(await events.identity(), await events.head(['stock-']));
    await model.save([], { position: await events.head(['stock-']), asOf: 0 });

    await following(events, new AvailabilityProjection(events, model, clock), async (runner, log) => {
      const history = [happenedAt('A', 'web', received('r-1', 5)), happenedAt('A', 'web', received('r-2', 7))];
      await record(events, history.slice(1));
      await level(events, runner);
      await expectFoldOf(history, model);
      expect(log.lines).toEqual([expect.stringContaining('stock-A@web up to revision -1, then comes 1')]);
    });
    await model.close();
  });
});

describe('reservations under a reference', () => {
  const held = (reference: string, expiresAt: Instant): StockEvent => ({
    type: 'Reserved',
    reference: reference as ClientId,
    occurredAt: RECORDED_AT,
    quantity: 1,
    expiresAt,
    ttlSeconds: 60,
  });

  it('are found by the projection, but for holds of larger reservations and those long past', async () => {
    const events = new MemoryEventStore();
    const model = new MemoryAvailabilityStore();
    // Models forget by the true time.
    const soon = Date.UTC(2100, 0, 1);
    await record(events, [
      happenedAt('A', 'web', held('cart-1', soon)),
      happenedAt('B.1', 'web', held('cart-1', soon)),
      happenedAt('A', 'web', held('cart-2/0', soon)),
      happenedAt('A', 'web', held('cart-3', RECORDED_AT - 31 * 24 * 3_600_000)),
    ]);
    await following(events, new AvailabilityProjection(events, model, clock), async () => {
      const ids = await model.reservationsUnder('cart-1');
      expect(ids.map((id) => holdAddressOf(id)?.key.sku)).toEqual(['B.1', 'A']);
      expect(await model.reservationsUnder('cart-2/0')).toEqual([]);
      expect(await model.reservationsUnder('cart-3')).toEqual([]);
    });
  });
});

describe('the age of availability', () => {
  it('is that of the newest event while there is a backlog, and of the last look once there is none', async () => {
    const events = new MemoryEventStore();
    const model = new MemoryAvailabilityStore();
    const projection = new AvailabilityProjection(events, model, clock);
    await record(events, [happenedAt('A', 'web', received('r-1', 5))]);
    const recorded: RecordedEvent[] = [];
    for await (const event of events.readAll()) recorded.push(event);

    await projection.start();
    await projection.handle({ events: recorded, position: await events.head(['stock-']), live: true });
    expect((await model.progress()).asOf).toBe(RECORDED_AT);
    await projection.idle();
    expect((await model.progress()).asOf).toBe(clock.now());
  });
});

async function expectFoldOf(history: readonly Happened[], model: AvailabilityStore): Promise<void> {
  const expected = foldDirectly(history);
  const { items } = await model.read(SKUS);
  expect(items.map((item) => item?.cells)).toEqual(SKUS.map((sku) => expected.get(sku)));
}
