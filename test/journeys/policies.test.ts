import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';
import { upToDate } from '../support/up-to-date.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const receipt = (sku: string, quantity: number, more: object = {}) => ({
  id: `receipt-${sku}`,
  type: 'receipt',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T08:00:00Z',
  quantity,
  unitCost: '1.00',
  currency: 'GBP',
  ...more,
});

/** The cell of a SKU at STORE-A once it shows what was written last. */
async function cell(sku: string, position: string, query = '') {
  const { body } = await upToDate(() => shop.get(`/v1/availability/${sku}?minPosition=${position}${query}`));
  return { available: body.available, ...body.locations[0] };
}

describe('the policy of a SKU at a location', () => {
  it('keeps safety stock from everybody, and a protection from all channels but its own', async () => {
    await shop.record(receipt('MUG', 100));
    const set = await shop.put('/v1/policies/MUG/STORE-A', { safetyStock: 10, protections: { web: 30, app: 5 } });
    expect(set).toMatchObject({
      status: 200,
      body: {
        sku: 'MUG',
        location: 'STORE-A',
        safetyStock: 10,
        protections: { app: 5, web: 30 },
        lowStockThreshold: 0,
      },
    });

    const { position } = set.body;
    expect(await cell('MUG', position)).toMatchObject({ available: 55, onHand: 100, safetyStock: 10, protected: 35 });
    expect(await cell('MUG', position, '&channel=web')).toMatchObject({ available: 85, protected: 5 });
    expect(await cell('MUG', position, '&channel=app')).toMatchObject({ available: 60, protected: 30 });
    const many = await shop.post('/v1/availability', { skus: ['MUG'], channel: 'web' }, 'storefront');
    expect(many.body.items).toEqual([{ sku: 'MUG', available: 85 }]);
  });

  it('counts what a channel holds already towards its protection', async () => {
    await shop.record(receipt('JUG', 20));
    await shop.put('/v1/policies/JUG/STORE-A', { protections: { web: 15 } });
    const cart = { reference: 'web-1', lines: [{ sku: 'JUG', location: 'STORE-A', quantity: 12 }], ttlSeconds: 600 };
    expect((await shop.post('/v1/reservations', cart, 'storefront')).status).toBe(409);
    const held = await shop.post('/v1/reservations', { ...cart, channel: 'web' }, 'storefront');
    expect(held.status).toBe(201);
    expect(await cell('JUG', held.body.position)).toMatchObject({ reserved: 12, protected: 3, available: 5 });
  });

  it('changes what is named and leaves the rest; 0 takes a rule away', async () => {
    await shop.put('/v1/policies/CUP/STORE-A', {
      safetyStock: 3,
      protections: { web: 4, app: 2 },
      lowStockThreshold: 9,
    });
    const changed = await shop.put('/v1/policies/CUP/STORE-A', { protections: { web: 0 } });
    const policy = { safetyStock: 3, protections: { app: 2 }, lowStockThreshold: 9 };
    expect(changed.body).toMatchObject(policy);
    expect((await shop.get('/v1/policies/CUP/STORE-A', 'storefront')).body).toMatchObject(policy);
    expect((await shop.put('/v1/policies/CUP/STORE-A', { safetyStock: 0, lowStockThreshold: 0 })).body).toMatchObject({
      safetyStock: 0,
      protections: { app: 2 },
      lowStockThreshold: 0,
    });
  });

  it('is written once, however often it is sent', async () => {
    const body = { safetyStock: 5, protections: { web: 1 } };
    const first = await shop.put('/v1/policies/POT/STORE-A', body);
    const second = await shop.put('/v1/policies/POT/STORE-A', body);
    expect(second.body).toEqual(first.body);
    const { body: history } = await shop.get('/v1/streams/POT/STORE-A/events');
    expect(history.events.map((event: { type: string }) => event.type)).toEqual(['SafetyStockSet', 'ProtectionSet']);
  });

  it('makes the SKU known, with nothing to promise', async () => {
    const { body } = await shop.put('/v1/policies/PAN/STORE-A', { safetyStock: 5 });
    expect(await cell('PAN', body.position)).toMatchObject({ available: 0, onHand: 0, safetyStock: 5, revision: 0 });
  });

  it('is not known where nothing ever happened', async () => {
    const nothing = { status: 404, body: { code: 'unknown-stream' } };
    expect(await shop.get('/v1/policies/NEVER/STORE-A')).toMatchObject(nothing);
  });

  it('is for operators to set', async () => {
    for (const role of ['storefront', 'store', 'auditor', 'erp'] as const) {
      expect((await shop.put('/v1/policies/MUG/STORE-A', { safetyStock: 1 }, role)).status).toBe(403);
    }
  });

  it.each([
    ['nothing at all', {}],
    ['a list', []],
    ['an unknown field', { minimum: 1 }],
    ['a negative safety stock', { safetyStock: -1 }],
    ['a fraction', { safetyStock: 1.5 }],
    ['more than a billion', { safetyStock: 1_000_000_001 }],
    ['null', { lowStockThreshold: null }],
    ['a threshold as text', { lowStockThreshold: '5' }],
    ['protections as a list', { protections: [] }],
    ['a negative protection', { protections: { web: -1 } }],
    ['a protection as text', { protections: { web: '1' } }],
    ['a channel with a blank', { protections: { 'the web': 1 } }],
    ['101 channels', { protections: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`c-${n}`, 1])) }],
  ])('is refused with %s', async (_, body) => {
    const refused = { status: 400, body: { code: 'invalid-body' } };
    expect(await shop.put('/v1/policies/REFUSED/STORE-A', body)).toMatchObject(refused);
    expect((await shop.get('/v1/policies/REFUSED/STORE-A')).status).toBe(404);
  });

  it('protects up to 100 channels, however they came', async () => {
    const channels = (count: number, from: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`c-${from + n}`, 1]));
    expect((await shop.put('/v1/policies/MANY/STORE-A', { protections: channels(100, 0) })).status).toBe(200);
    expect(await shop.put('/v1/policies/MANY/STORE-A', { protections: channels(1, 100) })).toMatchObject({
      status: 400,
      body: {
        code: 'invalid-body',
        detail: 'protections must leave units kept for up to 100 channels, so set others to 0 first; it would be 101',
      },
    });
    expect(Object.keys((await shop.get('/v1/policies/MANY/STORE-A')).body.protections)).toHaveLength(100);
    const exchanged = await shop.put('/v1/policies/MANY/STORE-A', { protections: { 'c-0': 0, 'c-100': 1 } });
    expect(Object.keys(exchanged.body.protections)).toHaveLength(100);
  });
});

describe('what is said of a location', () => {
  it('is what was said last; what is left out stays', async () => {
    const first = await shop.put('/v1/locations/LONDON', { timeZone: 'Europe/London', kind: 'store' });
    expect(first).toMatchObject({ status: 200, body: { id: 'LONDON', timeZone: 'Europe/London', kind: 'store' } });
    await shop.put('/v1/locations/LONDON', { kind: 'warehouse', currency: 'GBP' });
    expect((await shop.get('/v1/locations/LONDON')).body).toMatchObject({
      id: 'LONDON',
      timeZone: 'Europe/London',
      kind: 'warehouse',
      currency: 'GBP',
      position: expect.stringMatching(/^p/),
    });
  });

  it('fixes the currency that its stock is valued in', async () => {
    await shop.put('/v1/locations/PARIS', { currency: 'EUR' });
    await shop.record(receipt('SOAP', 5, { location: 'PARIS', currency: 'GBP' }), {
      ...receipt('SALT', 5, { location: 'PARIS', currency: 'EUR' }),
    });
    const valued = async (sku: string) => (await shop.get(`/v1/valuation/${sku}/PARIS`)).body;
    await expect.poll(() => valued('SALT')).toMatchObject({ value: '5.00', currency: 'EUR' });
    // A cost in another currency is for a person to settle.
    await expect.poll(() => valued('SOAP')).toMatchObject({ quantity: 5, currency: null });
  });

  it('cannot change a currency that its first cost has fixed', async () => {
    await shop.record(receipt('TEA', 1, { location: 'DUBLIN', currency: 'EUR' }));
    await expect.poll(() => shop.get('/v1/locations/DUBLIN')).toMatchObject({ body: { currency: 'EUR' } });
    expect(await shop.put('/v1/locations/DUBLIN', { currency: 'GBP' })).toMatchObject({
      status: 409,
      body: { code: 'currency-adopted', location: 'DUBLIN', currency: 'EUR' },
    });
    expect((await shop.put('/v1/locations/DUBLIN', { currency: 'EUR', kind: 'store' })).body).toMatchObject({
      currency: 'EUR',
      kind: 'store',
    });
    await shop.record(receipt('TAP', 2, { location: 'DUBLIN', currency: 'EUR' }));
    await expect.poll(async () => (await shop.get('/v1/valuation/TAP/DUBLIN')).body).toMatchObject({ value: '2.00' });
  });

  it.each([
    ['nothing at all', {}, /at least one of/],
    ['a zone that does not exist', { timeZone: 'Europe/Atlantis' }, /IANA database, e\.g\. Europe\/London/],
    ['an offset for a zone', { timeZone: '+01:00' }, /IANA/],
    ['a currency that does not exist', { currency: 'XXZ' }, /ISO 4217/],
    ['a kind with a blank', { kind: 'a store' }, /kind must be/],
    ['an unknown field', { name: 'London' }, /not a known field/],
    ['null', { currency: null }, /ISO 4217/],
  ])('is refused with %s', async (_, body, detail) => {
    expect(await shop.put('/v1/locations/REFUSED', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid-body', detail: expect.stringMatching(detail) },
    });
    expect(await shop.get('/v1/locations/REFUSED')).toMatchObject({ status: 404, body: { code: 'unknown-location' } });
  });
});

describe('what is said of a SKU', () => {
  it('is what was said last; what is left out stays', async () => {
    await shop.put('/v1/skus/MUG', { class: 'A', costing: 'moving-average' });
    const set = await shop.put('/v1/skus/MUG', { unit: 'each' });
    expect(set).toMatchObject({
      status: 200,
      body: { sku: 'MUG', class: 'A', costing: 'moving-average', unit: 'each' },
    });
    expect((await shop.get('/v1/skus/MUG')).body).toEqual(set.body);
  });

  it.each([
    ['nothing at all', {}],
    ['a costing method that nobody knows', { costing: 'lifo' }],
    ['a unit as a number', { unit: 1 }],
    ['an unknown field', { colour: 'blue' }],
  ])('is refused with %s', async (_, body) => {
    expect(await shop.put('/v1/skus/REFUSED', body)).toMatchObject({ status: 400, body: { code: 'invalid-body' } });
    expect(await shop.get('/v1/skus/REFUSED')).toMatchObject({ status: 404, body: { code: 'unknown-sku' } });
  });

  it('is for operators', async () => {
    expect((await shop.put('/v1/skus/MUG', { unit: 'box' }, 'store')).status).toBe(403);
    expect((await shop.put('/v1/locations/LONDON', { kind: 'shed' }, 'store')).status).toBe(403);
  });
});
