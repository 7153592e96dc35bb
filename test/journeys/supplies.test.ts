import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';
import { upToDate } from '../support/up-to-date.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const DUE = '2031-05-01T08:00:00.000Z';
const order = (quantity: number, dueAt = DUE) => ({ quantity, dueAt });
const receipt = (sku: string, quantity: number, id: string, supplyId: string) => ({
  id,
  type: 'receipt',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T09:00:00Z',
  quantity,
  unitCost: '2.50',
  currency: 'GBP',
  supplyId,
});

const events = async (sku: string) =>
  (await shop.get(`/v1/streams/${sku}/STORE-A/events`)).body.events.map(({ type }: { type: string }) => type);

async function inbound(sku: string, position: string): Promise<number> {
  const { body } = await upToDate(() => shop.get(`/v1/availability/${sku}?minPosition=${position}`));
  return body.locations[0].inbound;
}

describe('an expected receipt', () => {
  it('is inbound until it comes, and the same request again changes nothing', async () => {
    const first = await shop.put('/v1/supplies/MUG/STORE-A/po-1', order(10), 'store');
    const supply = { sku: 'MUG', location: 'STORE-A', id: 'po-1', quantity: 10, received: 0, open: 10, dueAt: DUE };
    expect(first).toMatchObject({ status: 200, body: { ...supply, revision: 0 } });
    expect(await inbound('MUG', first.body.position)).toBe(10);

    const again = await shop.put('/v1/supplies/MUG/STORE-A/po-1', order(10, '2031-05-01T10:00:00+02:00'), 'store');
    expect(again.body).toEqual({ ...supply, position: first.body.position });
    expect((await shop.get('/v1/supplies/MUG/STORE-A/po-1', 'storefront')).body).toEqual(again.body);
    expect(await events('MUG')).toEqual(['SupplyScheduled']);
  });

  it('shrinks by what receipts bring in its name, also beyond it, and counts that in when it changes', async () => {
    await shop.put('/v1/supplies/CUP/STORE-A/po-1', order(10));
    await shop.record(receipt('CUP', 4, 'r-1', 'po-1'));
    expect((await shop.get('/v1/supplies/CUP/STORE-A/po-1')).body).toMatchObject({ received: 4, open: 6 });

    const changed = await shop.put('/v1/supplies/CUP/STORE-A/po-1', order(12));
    expect(changed.body).toMatchObject({ quantity: 12, received: 4, open: 8, revision: 2 });
    const { body } = await shop.record(receipt('CUP', 9, 'r-2', 'po-1'));
    expect((await shop.get('/v1/supplies/CUP/STORE-A/po-1')).body).toMatchObject({ received: 13, open: 0 });
    expect(await inbound('CUP', body.position)).toBe(0);
  });

  it('may be announced after it came', async () => {
    await shop.record(receipt('BOWL', 4, 'r-1', 'po-1'));
    expect((await shop.get('/v1/supplies/BOWL/STORE-A/po-1')).body).toMatchObject({
      quantity: 0,
      received: 4,
      open: 0,
    });
    const announced = await shop.put('/v1/supplies/BOWL/STORE-A/po-1', order(10));
    expect(announced.body).toMatchObject({ quantity: 10, received: 4, open: 6 });
    expect(await inbound('BOWL', announced.body.position)).toBe(6);
  });

  it('that is cancelled is expected no longer; cancelling it twice is fine, and it may be announced anew', async () => {
    await shop.put('/v1/supplies/JUG/STORE-A/po-1', order(10));
    const cancelled = await shop.delete('/v1/supplies/JUG/STORE-A/po-1', 'store');
    expect(cancelled).toMatchObject({ status: 200, body: { quantity: 0, open: 0, revision: 1 } });
    expect(await inbound('JUG', cancelled.body.position)).toBe(0);
    const again = await shop.delete('/v1/supplies/JUG/STORE-A/po-1', 'store');
    expect(again).toMatchObject({ status: 200, body: { quantity: 0, open: 0, position: cancelled.body.position } });
    expect((await shop.put('/v1/supplies/JUG/STORE-A/po-1', order(3))).body).toMatchObject({ open: 3, revision: 2 });
    expect(await events('JUG')).toEqual(['SupplyScheduled', 'SupplyCancelled', 'SupplyScheduled']);
  });
});

describe('is refused', () => {
  it.each([
    ['no quantity', { dueAt: DUE }],
    ['nothing', { quantity: 0, dueAt: DUE }],
    ['less than nothing', { quantity: -1, dueAt: DUE }],
    ['half a unit', { quantity: 0.5, dueAt: DUE }],
    ['too many', { quantity: 1_000_000_001, dueAt: DUE }],
    ['no time', { quantity: 1 }],
    ['null for a time', { quantity: 1, dueAt: null }],
    ['a day', { quantity: 1, dueAt: '2031-05-01' }],
    ['a day that does not exist', { quantity: 1, dueAt: '2031-02-30T00:00:00Z' }],
    ['an unknown field', { ...order(1), unitCost: '1.00' }],
    ['a list', [order(1)]],
  ])('%s', async (_, body) => {
    expect(await shop.put('/v1/supplies/NEW/STORE-A/po-1', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid-body' },
    });
    expect((await shop.get('/v1/streams/NEW/STORE-A/events')).status).toBe(404);
  });

  it.each(['MUG%20BLUE/STORE-A/po-1', 'MUG/STORE%20A/po-1', 'MUG/STORE-A/transfer%2Ft-1', `MUG/A/${'x'.repeat(65)}`])(
    'the path %s',
    async (path) => {
      const answers = [
        await shop.put(`/v1/supplies/${path}`, order(1)),
        await shop.delete(`/v1/supplies/${path}`),
        await shop.get(`/v1/supplies/${path}`),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
    },
  );

  it('an id that nothing is expected under, to be read or cancelled', async () => {
    const unknown = { status: 404, body: { code: 'unknown-supply', id: 'po-9' } };
    expect(await shop.get('/v1/supplies/MUG/STORE-A/po-9')).toMatchObject(unknown);
    expect(await shop.delete('/v1/supplies/MUG/STORE-A/po-9')).toMatchObject(unknown);
    expect(await shop.delete('/v1/supplies/NEVER-SEEN/STORE-A/po-9')).toMatchObject(unknown);
    expect((await shop.get('/v1/streams/NEVER-SEEN/STORE-A/events')).status).toBe(404);
  });

  it('whoever may only read', async () => {
    expect(await shop.put('/v1/supplies/MUG/STORE-A/po-2', order(1), 'storefront')).toMatchObject({ status: 403 });
    expect(await shop.delete('/v1/supplies/MUG/STORE-A/po-1', 'auditor')).toMatchObject({ status: 403 });
    expect(await shop.get('/v1/supplies/MUG/STORE-A/po-1', 'nobody')).toMatchObject({ status: 401 });
  });
});
