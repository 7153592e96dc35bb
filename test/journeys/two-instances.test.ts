import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.js';
import { type Answer, ServiceProcess } from '../support/service.js';
import { type SharedStore, startSharedStore } from '../support/service-store.js';
import { upToDate } from '../support/up-to-date.js';

let store: SharedStore;
let redis: Awaited<ReturnType<typeof startRedis>>;
let one: ServiceProcess;
let two: ServiceProcess;

beforeAll(async () => {
  [store, redis] = await Promise.all([startSharedStore(), startRedis()]);
  const env = {
    ...store.settings,
    REDIS_URL: redis.url,
    KEYS_FILE: join(mkdtempSync(join(tmpdir(), 'stockfold-keys-')), 'keys.json'),
  };
  [one, two] = await Promise.all([ServiceProcess.start(env), ServiceProcess.start(env)]);
});
afterAll(async () => {
  await Promise.all([one.remove(), two.remove()]);
  await Promise.all([store.stop(), redis.kill()]);
});

const receipt = (sku: string, quantity: number) => ({
  id: `receipt-${sku}`,
  type: 'receipt',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T08:00:00Z',
  quantity,
  unitCost: '1.00',
  currency: 'GBP',
});
const cart = (reference: string, sku: string) => ({
  reference,
  lines: [{ sku, location: 'STORE-A', quantity: 1 }],
  ttlSeconds: 600,
});
const either = (n: number) => (n % 2 === 0 ? one : two);

describe('two instances of one service', () => {
  it('share their keys', () => {
    expect(one.key('store')).toBe(two.key('store'));
  });

  it('never promise more than there is, and tell each caller the truth', async () => {
    await one.record(receipt('HOT', 50));
    const attempts = Array.from({ length: 200 }, (_, n) => either(n).post('/v1/reservations', cart(`c-${n}`, 'HOT')));
    const answers = await Promise.all(attempts);
    const statuses = (status: number) => answers.filter((answer: Answer) => answer.status === status).length;
    expect(statuses(201)).toBe(50);
    expect(statuses(409)).toBe(150);
    const history = await one.get('/v1/streams/HOT/STORE-A/events?limit=1000', 'auditor');
    const reserved = history.body.events.filter(({ type }: { type: string }) => type === 'Reserved');
    expect(reserved).toHaveLength(50);
  });

  it('let a reservation be confirmed on the other one, at once', async () => {
    await one.record(receipt('LAMP', 1));
    const held = await one.post('/v1/reservations', cart('lamp', 'LAMP'));
    const path = `/v1/reservations/${held.body.id}`;
    expect(await two.post(`${path}/confirm`, {})).toMatchObject({ status: 200, body: { status: 'confirmed' } });
    expect(await one.get(path)).toMatchObject({ status: 200, body: { status: 'confirmed' } });
  });

  it('answer alike from the shared read model', async () => {
    const reported = await one.record(receipt('BOWL', 7));
    for (const instance of [one, two]) {
      const path = `/v1/availability/BOWL?minPosition=${reported.body.position}`;
      // Where Redis takes its time, the streams may answer instead.
      await expect.poll(async () => (await instance.get(path)).body).toMatchObject({ available: 7, source: 'redis' });
    }
  });

  it('rebuild the read model by themselves when Redis has lost it, and never invent an answer meanwhile', async () => {
    const skus = ['HOT', 'LAMP', 'BOWL'];
    const ask = () => two.post('/v1/availability', { skus, detail: true });
    const before = await upToDate(ask);
    const client = createClient({ url: redis.url });
    await client.connect();
    await client.flushAll();
    await client.close();
    let after = await ask();
    for (let tries = 0; after.status !== 200 && tries < 400; tries += 1) {
      expect(after).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(after.headers.get('retry-after')).toBe('1');
      await new Promise((resolve) => setTimeout(resolve, 25));
      after = await ask();
    }
    expect(after.body.items).toEqual(before.body.items);
    expect(after.body.unknown).toEqual([]);
  });
});
