import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DOCUMENT_VERSION } from '../../../src/adapters/availability-store/document.js';
import { RedisAvailabilityStore } from '../../../src/adapters/availability-store/redis/redis-availability-store.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import { ReadModelLost, ReadModelUnavailable } from '../../../src/ports/availability-store.js';
import { AvailabilityProjection } from '../../../src/projections/availability.js';
import { FixedClock, following, level } from '../../projections/following.js';
import { foldDirectly, happenedAt, received, record } from '../../projections/stock-events.js';
import { patientRedis } from '../../support/patient-redis.js';
import { flushAll, redisContents, withRedis } from '../../support/redis-keys.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

const A = 'A' as Sku;
const history = Array.from({ length: 3_000 }, (_, index) =>
  happenedAt(index % 3 === 0 ? 'A' : `S-${index % 700}`, `store-${index % 4}`, received(`r-${index}`, index + 1)),
);

let redis: RedisServer;
let model: RedisAvailabilityStore;
let events: MemoryEventStore;

beforeEach(async () => {
  redis = await startRedis();
  model = patientRedis(redis.url, 'test');
  events = new MemoryEventStore();
});
afterEach(async () => {
  await model.close();
  await redis.kill();
});

const projection = () => new AvailabilityProjection(events, model, new FixedClock());

/** Every document by its SKU: the generation in a key is made up anew with each build. */
async function documents(): Promise<Map<string, string | null>> {
  const contents = await redisContents(redis.url, `{sf${DOCUMENT_VERSION}:test}[0-9a-z]*:*`);
  return new Map([...contents].map(([key, text]) => [key.split(':').at(-1) ?? '', text]));
}

async function expectWhole(): Promise<void> {
  const expected = foldDirectly(history);
  const skus = [...expected.keys()];
  const { items } = await model.read(skus);
  expect(items.map((item) => item?.cells)).toEqual(skus.map((sku) => expected.get(sku)));
}

describe('Redis flushed', () => {
  it('is noticed by the next save, and is never answered from', async () => {
    await model.open(randomUUID(), 0n);
    await model.save([], { position: 5n, asOf: 1 });
    await flushAll(redis.url);

    await expect(model.read([A])).rejects.toThrow(ReadModelUnavailable);
    await expect(model.progress()).rejects.toThrow(ReadModelUnavailable);
    await expect(model.save([], { position: 5n, asOf: 2 })).rejects.toThrow(ReadModelLost);
  });

  it('is noticed by the next heartbeat, and the model begun anew', async () => {
    await record(events, history.slice(0, 10));
    await following(events, projection(), async (runner) => {
      await flushAll(redis.url);
      await recovered();
      await level(events, runner);
      expect((await documents()).size).toBe(7);
    });
  });

  it('keeps an instance that noticed nothing from writing into the model that another one began', async () => {
    const identity = randomUUID();
    const other = patientRedis(redis.url, 'test');
    await model.open(identity, 0n);
    await model.save([], { position: 900n, asOf: 1 });
    await flushAll(redis.url);
    await other.open(identity, 900n);

    await expect(model.save([], { position: 901n, asOf: 2 })).rejects.toThrow(ReadModelLost);
    await model.discard();
    await expect(other.read([A])).rejects.toThrow(/0 of 900/);
    await other.close();
  });

  it('is rebuilt by itself to the same bytes, while movements go on', async () => {
    await record(events, history.slice(0, 2_000));
    await following(events, projection(), async (runner) => {
      await flushAll(redis.url);
      await record(events, history.slice(2_000));
      await level(events, runner);
      await expectWhole();
      const once = await documents();

      await flushAll(redis.url);
      await recovered();
      await level(events, runner);
      expect(await documents()).toEqual(once);
    });
  });
});

describe('Redis flushed during a rebuild', () => {
  it('loses the rebuild too, and is whole again afterwards', async () => {
    await record(events, history.slice(0, 2_000));
    await following(events, projection(), async (runner) => {
      await runner.rebuild();
      await flushAll(redis.url);
      await record(events, history.slice(2_000));
      await recovered();
      await level(events, runner);
      await expectWhole();
      expect(await model.candidate()).toBeUndefined();
    });
  });
});

describe('Redis that comes back with an older state', () => {
  it('is not taken for level: what it lost is folded again', async () => {
    await record(events, history.slice(0, 1_000));
    await following(events, projection(), async (runner) => {
      const older = await redisContents(redis.url, '*');
      await record(events, history.slice(1_000, 2_000));
      await level(events, runner);
      await withRedis(redis.url, async (client) => {
        await client.flushAll();
        for (const [key, text] of older) await client.set(key, String(text));
      });

      await record(events, history.slice(2_000));
      await expect
        .poll(() => model.progress().then(({ position }) => position, String))
        .toBe(await events.head(['stock-']));
      await level(events, runner);
      await expectWhole();
    });
  });
});

describe('Redis killed', () => {
  it('is said at once, and all goes on when it is back, empty as it is', async () => {
    await record(events, history);
    await following(events, projection(), async () => {
      await redis.kill();
      await expect(model.read([A])).rejects.toThrow(ReadModelUnavailable);

      redis = await startRedis({ port: redis.port });
      await recovered();
      await expectWhole();
    });
  });

  it('does not keep a process from starting before it', async () => {
    const { port } = redis;
    await redis.kill();
    const early = new RedisAvailabilityStore(redis.url, 'test');
    await expect(early.open(randomUUID(), 0n)).rejects.toThrow(ReadModelUnavailable);
    redis = await startRedis({ port });
    await early.close();
  });
});

describe('Redis hung', () => {
  it('is said within the time a reader has, and answers again afterwards', async () => {
    const impatient = new RedisAvailabilityStore(redis.url, 'test');
    await impatient.open(randomUUID(), 0n);
    redis.pause();
    await expect(impatient.read([A])).rejects.toThrow('no answer within 250 ms');
    redis.resume();
    await recovered();
    await impatient.close();
  });
});

describe('Redis that may drop keys', () => {
  it('is refused, and says what to do', async () => {
    await redis.kill();
    redis = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
    const careless = new RedisAvailabilityStore(redis.url, 'test');
    await expect(careless.open(randomUUID(), 0n)).rejects.toThrow(/allkeys-lru.*Set maxmemory-policy to noeviction/);
    expect(await redisContents(redis.url, '*')).toEqual(new Map());
    await careless.close();
  });

  it('is recognised where CONFIG is forbidden', async () => {
    await withRedis(redis.url, (client) => client.sendCommand(['ACL', 'SETUSER', 'default', '-config', '-acl']));
    await model.open(randomUUID(), 0n);
    expect(await model.load([A])).toEqual([undefined]);
  });
});

describe('Redis full', () => {
  it('is an error of the projection, and loses nothing', async () => {
    await model.open(randomUUID(), 0n);
    await model.save([], { position: 1n, asOf: 1 });
    await withRedis(redis.url, (client) => client.configSet('maxmemory', '1'));
    await expect(model.save([], { position: 2n, asOf: 2 })).rejects.toThrow(/maxmemory/);
    expect((await model.progress()).position).toBe(1n);
  });
});

/** Waits until the model answers again. */
async function recovered(): Promise<void> {
  await expect
    .poll(
      () =>
        model.progress().then(
          () => 'answers',
          (error) => String(error),
        ),
      { timeout: 20_000 },
    )
    .toBe('answers');
}
