import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const movement = (type: string, id: string, sku: string, quantity: number, more: object = {}) => ({
  ...{ id, type, sku, location: 'STORE-A', occurredAt: '2026-11-20T08:00:00Z', quantity },
  ...more,
});
const receipt = (sku: string, quantity: number, location = 'STORE-A') =>
  movement('receipt', `receipt-${sku}`, sku, quantity, { location, unitCost: '1.00', currency: 'GBP' });
const line = (sku: string, quantity: number, location = 'STORE-A') => ({ sku, location, quantity });

async function reserve(reference: string, lines: object[]): Promise<{ reference: string; reservationId: string }> {
  const { status, body } = await shop.post('/v1/reservations', { reference, lines, ttlSeconds: 600 }, 'storefront');
  expect(status).toBe(201);
  return { reference, reservationId: body.id };
}

/** What the answer says of the only movement sent. */
const result = async (sent: object) => (await shop.record(sent)).body.results[0];

describe('a sale beyond what is there', () => {
  it('tells the reservation that can no longer be served', async () => {
    await shop.record(receipt('MUG', 5));
    const order = await reserve('order-1', [line('MUG', 4)]);
    const sold = await result(movement('sale', 'till-1', 'MUG', 3));
    expect(sold).toMatchObject({ status: 'accepted', exceptions: [{ code: 'oversold', atRisk: [order] }] });
    expect((await shop.get(`/v1/reservations/${order.reservationId}`)).body).toMatchObject({ reference: 'order-1' });
  });

  it('tells a cart by its own name, at each of its locations', async () => {
    await shop.record(receipt('CUP', 5), receipt('JUG', 5, 'STORE-B'));
    const order = await reserve('order-2', [line('CUP', 5), line('JUG', 5, 'STORE-B')]);
    const cup = await result(movement('sale', 'till-2', 'CUP', 1));
    const jug = await result(movement('sale', 'till-3', 'JUG', 1, { location: 'STORE-B' }));
    for (const { exceptions } of [cup, jug]) expect(exceptions).toEqual([{ code: 'oversold', atRisk: [order] }]);
    const cancelled = await shop.post(`/v1/reservations/${order.reservationId}/cancel`, {}, 'storefront');
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  });

  it('tells the newest reservations first, beside what else there is to say', async () => {
    await shop.record(receipt('PAN', 4, 'STORE-A'));
    await reserve('order-3', [line('PAN', 2)]);
    const newer = await reserve('order-4', [line('PAN', 2)]);
    const late = { occurredAt: '2026-11-19T08:00:00Z' };
    const { exceptions } = await result(movement('sale', 'till-4', 'PAN', 2, late));
    expect(exceptions).toEqual([{ code: 'late' }, { code: 'oversold', atRisk: [newer] }]);
  });

  it('has the same to say when it is told again, whatever became of the reservation', async () => {
    await shop.record(receipt('POT', 1));
    const order = await reserve('order-5', [line('POT', 1)]);
    const sold = await result(movement('sale', 'till-5', 'POT', 1));
    await shop.post(`/v1/reservations/${order.reservationId}/cancel`, {}, 'storefront');
    const again = await result(movement('sale', 'till-5', 'POT', 1));
    expect(again).toEqual({ ...sold, status: 'duplicate' });
    expect(again.exceptions).toEqual([{ code: 'oversold', atRisk: [order] }]);
  });

  it('puts no reservation at risk where there is none', async () => {
    const { exceptions } = await result(movement('sale', 'till-6', 'TIN', 1));
    expect(exceptions).toEqual([{ code: 'oversold' }]);
  });
});
