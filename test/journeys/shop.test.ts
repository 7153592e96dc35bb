import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Role, ServiceProcess } from '../support/service.js';
import { upToDate } from '../support/up-to-date.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const AT = '2026-11-20T09:00:00+01:00';
const receipt = (sku: string, quantity: number, id = `receipt-${sku}`) => ({
  id,
  type: 'receipt',
  sku,
  location: 'STORE-A',
  occurredAt: AT,
  quantity,
  unitCost: '2.50',
  currency: 'GBP',
});
const sale = (sku: string, quantity: number, id: string, more: object = {}) => ({
  id,
  type: 'sale',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T10:00:00+01:00',
  quantity,
  ...more,
});
/** Availability of a SKU, once it shows what was written last. */
const shown = (sku: string, { body: { position } }: Answer, role: Role = 'operator') =>
  upToDate(() => shop.get(`/v1/availability/${sku}?minPosition=${position}`, role));
const cart = (reference: string, sku: string, quantity: number, ttlSeconds = 600) => ({
  reference,
  lines: [{ sku, quantity, location: 'STORE-A' }],
  ttlSeconds,
});

describe('a store reports what happened', () => {
  it('and the storefront sees it at the position the report gave', async () => {
    const reported = await shop.record(receipt('MUG', 10), sale('MUG', 3, 'till-1'));
    expect(reported.status).toBe(200);
    expect(reported.body.results).toEqual([
      { id: 'receipt-MUG', status: 'accepted', revision: 0 },
      { id: 'till-1', status: 'accepted', revision: 1 },
    ]);
    const { body } = await shown('MUG', reported, 'storefront');
    expect(body).toMatchObject({ sku: 'MUG', available: 7, source: 'memory' });
    expect(body.locations).toEqual([
      {
        location: 'STORE-A',
        available: 7,
        onHand: 7,
        reserved: 0,
        safetyStock: 0,
        protected: 0,
        quarantine: 0,
        damaged: 0,
        inbound: 0,
        revision: 1,
      },
    ]);
    expect(body.ageMs).toBeGreaterThanOrEqual(0);
  });

  it('and reporting it again changes nothing', async () => {
    const again = await shop.record(receipt('MUG', 10), sale('MUG', 3, 'till-1'));
    expect(again.body.results.map(({ status }: { status: string }) => status)).toEqual(['duplicate', 'duplicate']);
    const other = await shop.record(sale('MUG', 4, 'till-1'));
    expect(other.body.results[0]).toMatchObject({ status: 'rejected', problem: { code: 'id-reused', revision: 1 } });
  });

  it('and a sale beyond stock is taken, with its exception', async () => {
    const sold = await shop.record(sale('NEVER-RECEIVED', 2, 'till-2'));
    expect(sold.body.results[0]).toEqual({
      id: 'till-2',
      status: 'accepted',
      revision: 0,
      exceptions: [{ code: 'oversold' }],
    });
    const { body } = await shown('NEVER-RECEIVED', sold);
    expect(body).toMatchObject({ available: 0, locations: [{ onHand: -2, available: 0 }] });
  });

  it('and every kind of movement moves what it says', async () => {
    const line = (id: string, type: string, more: object) => ({
      id,
      type,
      sku: 'BOWL',
      location: 'STORE-A',
      occurredAt: AT,
      ...more,
    });
    const reported = await shop.record(
      receipt('BOWL', 20, 'b1'),
      line('b2', 'return', { quantity: 2, disposition: 'quarantine' }),
      line('b3', 'adjustment', { quantity: -1, reason: 'loss' }),
      line('b4', 'disposition', { quantity: 3, from: 'sellable', to: 'damaged' }),
      line('b5', 'cost-revision', { amount: '4.20', currency: 'GBP', reason: 'freight' }),
      { ...line('b6', 'count', { counted: 15 }), occurredAt: '2026-11-20T12:00:00Z' },
    );
    expect(reported.body.results.map(({ status }: { status: string }) => status)).toEqual(Array(6).fill('accepted'));
    const { body } = await shown('BOWL', reported);
    expect(body.locations[0]).toMatchObject({ onHand: 15, quarantine: 2, damaged: 3 });
  });
});

describe('a storefront reserves', () => {
  it('holds, confirms and hands over', async () => {
    await shop.record(receipt('LAMP', 5));
    const held = await shop.post('/v1/reservations', cart('order-1', 'LAMP', 2), 'storefront');
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({
      reference: 'order-1',
      status: 'held',
      lines: [{ sku: 'LAMP', location: 'STORE-A', quantity: 2 }],
    });
    const { id } = held.body;
    const { body: seen } = await shown('LAMP', held);
    expect(seen.locations[0]).toMatchObject({ available: 3, reserved: 2, onHand: 5 });

    expect(await shop.post(`/v1/reservations/${id}/confirm`, {}, 'storefront')).toMatchObject({
      status: 200,
      body: { status: 'confirmed' },
    });
    expect(await shop.post(`/v1/reservations/${id}/confirm`, {}, 'storefront')).toMatchObject({ status: 200 });
    const parcel = { id: 'parcel-1', lines: [{ sku: 'LAMP', quantity: 1 }] };
    expect(await shop.post(`/v1/reservations/${id}/fulfil`, parcel, 'store')).toMatchObject({
      status: 200,
      body: { status: 'partly-fulfilled' },
    });
    expect(await shop.post(`/v1/reservations/${id}/fulfil`, parcel, 'store')).toMatchObject({
      status: 200,
      body: { status: 'partly-fulfilled' },
    });
    expect(await shop.post(`/v1/reservations/${id}/fulfil`, { id: 'parcel-2' }, 'store')).toMatchObject({
      status: 200,
      body: { status: 'fulfilled' },
    });
    expect(await shop.get(`/v1/reservations/${id}`)).toMatchObject({
      status: 200,
      body: { status: 'fulfilled', reference: 'order-1' },
    });
    expect(await shop.post(`/v1/reservations/${id}/cancel`, {}, 'storefront')).toMatchObject({
      status: 409,
      body: { code: 'reservation-ended', state: 'fulfilled' },
    });
    const state = await shop.get('/v1/streams/LAMP/STORE-A/state', 'auditor');
    expect(state.body).toMatchObject({ onHand: 3, reserved: 0 });
  });

  it('gets the same answer for the same cart, and a refusal for another under its name', async () => {
    await shop.record(receipt('VASE', 5));
    const first = await shop.post('/v1/reservations', cart('order-2', 'VASE', 2));
    const again = await shop.post('/v1/reservations', cart('order-2', 'VASE', 2));
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await shop.post('/v1/reservations', cart('order-2', 'VASE', 3))).toMatchObject({
      status: 422,
      body: { code: 'reference-reused' },
    });
  });

  it('is told what is available when it asks for more', async () => {
    await shop.record(receipt('CLOCK', 1));
    const refused = await shop.post('/v1/reservations', cart('order-3', 'CLOCK', 2));
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'insufficient',
        lines: [{ index: 0, sku: 'CLOCK', location: 'STORE-A', requested: 2, available: 1 }],
      },
    });
  });

  it('loses a hold at its second, without anybody writing', async () => {
    await shop.record(receipt('SOAP', 1));
    const held = await shop.post('/v1/reservations', cart('order-4', 'SOAP', 1, 1));
    await new Promise((resolve) => setTimeout(resolve, Date.parse(held.body.expiresAt) - Date.now() + 20));
    expect((await shown('SOAP', held)).body).toMatchObject({ available: 1 });
    expect((await shop.get(`/v1/reservations/${held.body.id}`)).body).toMatchObject({ status: 'expired' });
    expect(await shop.post(`/v1/reservations/${held.body.id}/confirm`, {})).toMatchObject({
      status: 409,
      body: { state: 'expired' },
    });
  });

  it('has its hold consumed by the sale that names it', async () => {
    await shop.record(receipt('RUG', 3));
    const held = await shop.post('/v1/reservations', cart('order-5', 'RUG', 2));
    const sold = await shop.record(sale('RUG', 2, 'till-9', { reservationId: held.body.id }));
    expect(sold.body.results[0]).toMatchObject({ status: 'accepted' });
    expect((await shop.get(`/v1/reservations/${held.body.id}`)).body).toMatchObject({ status: 'fulfilled' });
    const { body } = await shown('RUG', sold);
    expect(body).toMatchObject({ available: 1, locations: [{ reserved: 0, onHand: 1 }] });
  });
});

describe('availability of many', () => {
  it('lists what is known and names what is not', async () => {
    const reported = await shop.record(receipt('PLATE', 4), { ...receipt('PLATE', 6, 'p-b'), location: 'STORE-B' });
    const asked = { skus: ['PLATE', 'NO-SUCH'], detail: true };
    const path = `/v1/availability?minPosition=${reported.body.position}`;
    const { body } = await upToDate(() => shop.post(path, asked, 'storefront'));
    expect(body).toMatchObject({ items: [{ sku: 'PLATE', available: 10 }], unknown: ['NO-SUCH'] });
    expect(body.items[0].locations.map(({ location }: { location: string }) => location)).toEqual([
      'STORE-A',
      'STORE-B',
    ]);
    const one = await shop.post('/v1/availability', { skus: ['PLATE'], locations: ['STORE-B'] });
    expect(one.body.items).toEqual([{ sku: 'PLATE', available: 6 }]);
  });

  it('never answers 0 for a SKU that was never seen', async () => {
    expect(await shop.get('/v1/availability/NO-SUCH')).toMatchObject({ status: 404, body: { code: 'unknown-sku' } });
  });

  it('says that it is stale when it cannot reach a position in time', async () => {
    const { body } = await shop.get('/v1/availability/PLATE?minPosition=pzzzzzz');
    expect(body).toMatchObject({ sku: 'PLATE', stale: true });
  });

  it.each([
    ['/v1/availability/NO-SUCH', 'unknown-sku'],
    ['/v1/availability/NO-SUCH/schedule', 'unknown-sku'],
    ['/v1/postings/no-such', 'unknown-posting'],
  ])('does not say that %s is unknown before it has reached the position', async (path, code) => {
    expect(await shop.get(path)).toMatchObject({
      status: 404,
      body: { code, detail: expect.not.stringMatching('again') },
    });
    const early = await shop.get(`${path}?minPosition=pzzzzzz`);
    expect(early).toMatchObject({
      status: 404,
      body: { code, stale: true, detail: expect.stringMatching('ask again') },
    });
  });
});

describe('an auditor', () => {
  it('pages through the history of a stream, or takes all of it', async () => {
    const sales = Array.from({ length: 5 }, (_, n) => sale('CUP', 1, `cup-${n}`));
    await shop.record(receipt('CUP', 10), ...sales);
    const first = await shop.get('/v1/streams/CUP/STORE-A/events?limit=4', 'auditor');
    expect(first.body.events.map(({ type }: { type: string }) => type)).toEqual(['Received', 'Sold', 'Sold', 'Sold']);
    expect(first.body.next).toBe(4);
    const second = await shop.get('/v1/streams/CUP/STORE-A/events?from=4', 'auditor');
    expect(second.body.events.map(({ revision }: { revision: number }) => revision)).toEqual([4, 5]);
    expect(second.body.next).toBeUndefined();
    const whole = await shop.get('/v1/streams/CUP/STORE-A/events', 'auditor', { accept: 'application/x-ndjson' });
    const lines = String(whole.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([...first.body.events, ...second.body.events]);
    expect(lines[0]).toMatchObject({
      type: 'Received',
      occurredAt: '2026-11-20T08:00:00.000Z',
      data: { quantity: 10 },
    });
  });

  it('sees the state as of a revision, a recorded instant and a business instant', async () => {
    await shop.record(receipt('FORK', 10));
    const between = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await shop.record(sale('FORK', 4, 'fork-1'));
    const state = (query: string) => shop.get(`/v1/streams/FORK/STORE-A/state?${query}`, 'auditor');
    expect((await state('')).body).toMatchObject({ onHand: 6, revision: 1 });
    expect((await state('revision=0')).body).toMatchObject({ onHand: 10, revision: 0 });
    expect((await state(`asOfRecorded=${between}`)).body).toMatchObject({ onHand: 10 });
    expect((await state('asOfOccurred=2026-11-20T08:30:00Z')).body).toMatchObject({ onHand: 10 });
    expect((await state('asOfOccurred=2020-01-01T00:00:00Z')).status).toBe(404);
    expect((await state(`revision=0&asOfRecorded=${between}`)).status).toBe(400);
    expect((await shop.get('/v1/streams/FORK/NOWHERE/events', 'auditor')).status).toBe(404);
  });
});

describe('rights', () => {
  it.each([
    ['nobody', 'get', '/v1/availability/MUG', 401],
    ['storefront', 'post', '/v1/movements', 403],
    ['erp', 'get', '/v1/availability/MUG', 403],
    ['store', 'get', '/v1/streams/MUG/STORE-A/events', 403],
    ['store', 'get', '/v1/projections', 403],
    ['operator', 'get', '/v1/projections', 200],
  ] as const)('%s %s %s gives %i', async (role, method, path, status) => {
    const answer = method === 'get' ? await shop.get(path, role) : await shop.post(path, { movements: [] }, role);
    expect(answer.status).toBe(status);
    if (status >= 400)
      expect(answer.body).toMatchObject({ status, code: status === 401 ? 'unauthorized' : 'forbidden' });
  });

  it('are open where machines look after the service', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs']) {
      expect((await shop.get(path, 'nobody')).status, path).toBe(200);
    }
  });
});
