import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeDocument } from '../../src/adapters/availability-store/document.js';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { LocationId, Sku } from '../../src/domain/values/identifiers.js';
import type { AvailabilityStore, RebuildStatus } from '../../src/ports/availability-store.js';
import { AvailabilityProjection } from '../../src/projections/availability.js';
import type { ProjectionRunner } from '../../src/projections/run.js';
import { patientRedis } from '../support/patient-redis.js';
import { realRedis } from '../support/servers.js';
import { FixedClock, following, level } from './following.js';
import { foldDirectly, happenedAt, received, record } from './stock-events.js';

const clock = new FixedClock();
const history = Array.from({ length: 3_000 }, (_, index) =>
  happenedAt(`S-${index % 300}`, `store-${index % 4}`, received(`r-${index}`, index + 1)),
);
const SKUS = [...foldDirectly(history).keys()];

let redisUrl: string;
beforeAll(async () => {
  redisUrl = await realRedis();
});

/** The model as several processes have it, or the only one. */
const MODELS: [string, () => () => AvailabilityStore][] = [
  [
    'memory',
    () => {
      const only = new MemoryAvailabilityStore();
      return () => only;
    },
  ],
  [
    'redis',
    () => {
      const prefix = randomUUID();
      return () => patientRedis(redisUrl, prefix);
    },
  ],
];

async function contents(model: AvailabilityStore): Promise<(string | undefined)[]> {
  const { items } = await model.read(SKUS);
  return items.map((item) => item && encodeDocument(item));
}

async function finished(model: AvailabilityStore): Promise<RebuildStatus | undefined> {
  await expect
    .poll(async () => (await model.status()).rebuild?.finishedAt, { interval: 5, timeout: 20_000 })
    .toBeDefined();
  return (await model.status()).rebuild;
}

describe.each(MODELS)('a rebuild of availability in %s', (_, newModel) => {
  it('gives the same bytes, answers all along, and takes the movements that come meanwhile', async () => {
    const events = new MemoryEventStore();
    const model = newModel()();
    await record(events, history.slice(0, 2_000));
    await following(events, new AvailabilityProjection(events, model, clock), async (runner, log) => {
      const before = (await model.status()).generation;
      expect(await runner.rebuild()).toBe(true);
      let answers = 0;
      const reading = (async () => {
        while ((await model.status()).rebuild?.finishedAt === undefined) {
          await model.read(SKUS);
          answers += 1;
        }
      })();
      await record(events, history.slice(2_000));
      await reading;
      await level(events, runner);

      expect(answers).toBeGreaterThan(0);
      const { generation, rebuild } = await model.status();
      expect(generation).not.toBe(before);
      expect(rebuild?.comparison).toMatchObject({ differing: 0, undecided: 0 });
      await expectFold(model);
      expect(log.lines).toEqual([]);
    });
    await model.close();
  });

  it('mends documents that were wrong, and says how many', async () => {
    const events = new MemoryEventStore();
    const model = newModel()();
    await record(events, history);
    await following(events, new AvailabilityProjection(events, model, clock), async (runner) => {
      const right = await contents(model);
      await spoil(model, SKUS.slice(0, 3));
      expect(await contents(model)).not.toEqual(right);

      await runner.rebuild();
      expect((await finished(model))?.comparison).toMatchObject({ compared: SKUS.length, differing: 3 });
      expect(await contents(model)).toEqual(right);
      await level(events, runner);
    });
    await model.close();
  });

  it('is done once when several instances follow, and goes on in another when its builder ends', async () => {
    const instance = newModel();
    const events = new MemoryEventStore();
    const [one, other] = [instance(), instance()];
    await record(events, history.slice(0, 1_000));
    const projection = (model: AvailabilityStore) => new AvailabilityProjection(events, model, clock);
    await following(events, projection(other), async (lasting) => {
      await following(events, projection(one), (short: ProjectionRunner) => short.rebuild());
      await record(events, history.slice(1_000));
      await finished(other);
      await level(events, lasting);
      await expectFold(other);
    });
    await Promise.all([one.close(), other.close()]);
  });
});

/** Adds to what documents say without an event. */
async function spoil(model: AvailabilityStore, skus: readonly Sku[]): Promise<void> {
  const { items } = await model.read(skus);
  const { position, asOf } = await model.progress();
  const wrong = items
    .filter((item) => item !== undefined)
    .map((item) => {
      const [[location, cell]] = [...item.cells] as [[LocationId, NonNullable<ReturnType<typeof item.cells.get>>]];
      const onHand = { ...cell.onHand, sellable: cell.onHand.sellable + 1_000_000 };
      return { ...item, position: position + 1n, cells: new Map(item.cells).set(location, { ...cell, onHand }) };
    });
  await model.save(wrong, { position: position + 1n, asOf });
}

async function expectFold(model: AvailabilityStore): Promise<void> {
  const expected = foldDirectly(history);
  const { items } = await model.read(SKUS);
  expect(items.map((item) => item?.cells)).toEqual(SKUS.map((sku) => expected.get(sku)));
}
