import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { ServiceProcess } from '../../support/service.js';
import { upToDate } from '../../support/up-to-date.js';

let redis: RedisServer;
let shop: ServiceProcess;

beforeEach(async () => {
  redis = await startRedis();
  shop = await ServiceProcess.start({ REDIS_URL: redis.url });
  const { body } = await shop.record(
    ...['STORE-A', 'STORE-B'].flatMap((location) => [receipt('MUG', location), receipt('JUG', location)]),
  );
  await shop.put('/v1/policies/MUG/STORE-A', { safetyStock: 2, protections: { web: 3 } });
  await shop.put('/v1/fulfilment-groups/all', { locations: ['STORE-A', 'STORE-B'] });
  const seen = async () => (await shop.get(`/v1/availability/MUG?minPosition=${body.position}`)).body;
  await expect.poll(seen, { timeout: 15_000 }).toMatchObject({ source: 'redis' });
});
afterEach(async () => {
  await shop.remove();
  await redis.kill();
});

const receipt = (sku: string, location: string) => ({
  id: `receipt-${sku}`,
  type: 'receipt',
  sku,
  location,
  occurredAt: '2026-11-20T08:00:00Z',
  quantity: 10,
  unitCost: '1.00',
  currency: 'GBP',
});
const sale = (sku: string) => ({
  id: `sale-${sku}`,
  type: 'sale',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T09:00:00Z',
  quantity: 4,
});

const troubles = {
  killed: () => redis.kill(),
  hung: async () => redis.pause(),
};

/** A document at hand may be shown for a moment; what follows is about the time after that. */
const settled = () =>
  expect.poll(async () => (await shop.get('/v1/availability/JUG')).status, { timeout: 15_000 }).toBe(503);

describe.each(['killed', 'hung'] as const)('Redis %s', (trouble) => {
  it('is said, or stood in for, and never answered by a number that nobody knows', async () => {
    await troubles[trouble]();
    await settled();

    // Seen before: its locations are known.
    const seen = await upToDate(() => shop.get('/v1/availability/MUG', 'storefront'));
    expect(seen).toMatchObject({
      status: 200,
      body: {
        sku: 'MUG',
        available: 15,
        source: 'streams',
        locations: [{ available: 5, safetyStock: 2 }, { available: 10 }],
      },
    });
    const { body: sold } = await shop.record(sale('MUG'));
    const sinceThen = `/v1/availability/MUG?channel=web&minPosition=${sold.position}`;
    const after = await upToDate(() => shop.get(sinceThen, 'storefront'));
    expect(after.body).toMatchObject({ available: 14, source: 'streams' });
    expect(after.body).not.toHaveProperty('stale');

    // Not seen, and its locations not named.
    for (const sku of ['JUG', 'NEVER']) {
      const refused = await shop.get(`/v1/availability/${sku}`, 'storefront');
      expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }

    // Named, or of a group.
    const twoStores = '/v1/availability/JUG?locations=STORE-A,STORE-Z';
    const named = await upToDate(() => shop.get(twoStores, 'storefront'));
    expect(named.body).toMatchObject({ available: 10, source: 'streams', locations: [{ location: 'STORE-A' }] });
    const both = { skus: ['JUG', 'MUG'], group: 'all' };
    const ofGroup = await upToDate(() => shop.post('/v1/availability', both, 'storefront'));
    expect(ofGroup.body).toMatchObject({
      items: [{ available: 20 }, { available: 11 }],
      unknown: [],
      source: 'streams',
    });
    const today = '/v1/availability/JUG/schedule?group=all&days=1';
    const schedule = await upToDate(() => shop.get(today, 'storefront'));
    expect(schedule.body).toMatchObject({ available: 20, days: [{ available: 20 }], source: 'streams' });

    // Whether it exists is not known: neither 404 nor 0.
    expect((await shop.get('/v1/availability/NEVER?locations=STORE-A', 'storefront')).status).toBe(503);
    const many = { skus: Array.from({ length: 500 }, (_, n) => `S-${n}`), locations: ['STORE-A'], detail: true };
    expect((await shop.post('/v1/availability', many, 'storefront')).status).toBe(503);

    // The streams themselves know no trouble.
    const explained = await shop.get('/v1/availability/MUG/STORE-A/explain', 'storefront');
    expect(explained.body).toMatchObject({ available: 1, formula: { onHand: 6, safetyStock: -2, protected: -3 } });
    expect((await shop.get('/v1/policies/MUG/STORE-A', 'storefront')).body).toMatchObject({ safetyStock: 2 });
  });
});

it('Redis back again is asked again', async () => {
  redis.pause();
  await settled();
  redis.resume();
  await expect
    .poll(async () => (await shop.get('/v1/availability/JUG', 'storefront')).body, { timeout: 20_000 })
    .toMatchObject({ available: 20, source: 'redis' });
});
