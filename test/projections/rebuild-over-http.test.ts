import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

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
