import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NatsServer, startNats } from '../support/nats-server.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { ServiceProcess } from '../support/service.js';
import { type SharedStore, startSharedStore } from '../support/service-store.js';

describe('rebuilding read models over HTTP', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start();
    await service.record(receipt('MUG', 5), receipt('CUP', 7));
  });
  afterAll(() => service.remove());

  const receipt = (sku: string, quantity: number) => ({
    id: `receipt-${sku}`,
    type: 'receipt',
    sku,
    location: 'STORE-A',
    occurredAt: '2026-05-01T12:00:00Z',
    quantity,
    unitCost: '2.50',
    currency: 'GBP',
  });
  const projection = async (name: string) =>
    (await service.get('/v1/projections')).body.projections.find((one: { name: string }) => one.name === name);
  const rebuild = (name: string, role: 'operator' | 'store' = 'operator') =>
    service.post(`/v1/projections/${name}/rebuild`, {}, role);

  it('builds availability anew beside the one that answers, and says how far it is', async () => {
    const answer = await rebuild('availability');
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ name: 'availability', rebuild: { startedAt: expect.any(String) } });

    await expect.poll(async () => (await projection('availability')).rebuild.finishedAt).toBeDefined();
    const { generation, rebuild: done } = await projection('availability');
    expect(done).toMatchObject({ generation, fraction: 1, compared: 2, differences: 0, undecided: 0 });
    expect((await service.get('/v1/availability/MUG')).body).toMatchObject({ available: 5 });
  });

  it('says of every projection where it is and where it has to get to', async () => {
    await expect.poll(async () => (await projection('availability')).lagMs).toBe(0);
    const { position, head, live, failures } = await projection('availability');
    expect({ position, live, failures }).toEqual({ position: head, live: true, failures: 0 });
  });

  it('is for operators, and for projections that are there and keep something', async () => {
    expect((await rebuild('availability', 'store')).status).toBe(403);
    expect(await rebuild('horoscope')).toMatchObject({ status: 404, body: { code: 'unknown-projection' } });
    expect(await rebuild('valuation')).toMatchObject({ status: 409, body: { code: 'not-rebuildable' } });
  });
});

describe('a process that runs only some of the projections', () => {
  const names = async (service: ServiceProcess): Promise<string[]> =>
    (await service.get('/v1/projections')).body.projections.map(({ name }: { name: string }) => name);
  let store: SharedStore;
  let redis: RedisServer;
  let nats: NatsServer;
  let whole: ServiceProcess;
  let api: ServiceProcess;
  let projector: ServiceProcess;
  beforeAll(async () => {
    [store, redis, nats] = await Promise.all([startSharedStore(), startRedis(), startNats()]);
    whole = await ServiceProcess.start({ NATS_URL: nats.url });
    const shared = { ...store.settings, REDIS_URL: redis.url };
    [api, projector] = await Promise.all([
      ServiceProcess.start({ ...shared, ROLES: 'api' }),
      ServiceProcess.start({ ...shared, ROLES: 'projector' }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([whole, api, projector].map((service) => service.remove()));
    await Promise.all([redis.kill(), nats.kill(), store.stop()]);
  });

  it('says where the others run, and does not deny that they exist', async () => {
    const here = new Set(await names(api));
    const elsewhere = (await names(whole)).filter((name) => !here.has(name));
    expect(elsewhere).toEqual(expect.arrayContaining(['availability', 'feed', 'valuation', 'delivery-journal']));
    for (const name of elsewhere) {
      const answer = await api.post(`/v1/projections/${name}/rebuild`, {});
      expect(answer).toMatchObject({ status: 409, body: { code: 'runs-elsewhere', name } });
    }
    expect((await api.post('/v1/projections/availability/rebuild', {})).body).toMatchObject({
      role: 'projector',
      detail:
        'availability does not run in this process but where ROLES has projector, as REDIS_URL is set. Ask that process.',
    });
    expect(await api.post('/v1/projections/horoscope/rebuild', {})).toMatchObject({ status: 404 });
  });

  it('rebuilds it where it was told to ask', async () => {
    const answer = await projector.post('/v1/projections/availability/rebuild', {});
    expect(answer).toMatchObject({ status: 202, body: { name: 'availability' } });
    const answered = await projector.post('/v1/projections/valuation-book/rebuild', {});
    expect(answered).toMatchObject({ status: 409, body: { code: 'runs-elsewhere', role: 'api' } });
  });
});
