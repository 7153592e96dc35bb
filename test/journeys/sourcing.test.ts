import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const put = (path: string, body: object, role = 'operator' as const) =>
  fetch(`${shop.address}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${shop.key(role)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then(async (response) => ({
    status: response.status,
    body: (await response.json()) as { [name: string]: unknown },
  }));
const stock = (sku: string, quantities: Record<string, number>) =>
  shop.record(
    ...Object.entries(quantities).map(([location, quantity]) => ({
      id: `receipt-${sku}-${location}`,
      type: 'receipt',
      sku,
      location,
      occurredAt: '2026-11-20T08:00:00Z',
      quantity,
      unitCost: '2.50',
      currency: 'GBP',
    })),
  );
const reserve = (reference: string, lines: object[], more: object = {}) =>
  shop.post('/v1/reservations', { reference, lines, ttlSeconds: 600, ...more }, 'storefront');
const change = (id: string, verb: string, body: object = {}) =>
  shop.post(`/v1/reservations/${id}/${verb}`, body, 'storefront');
const held = async (sku: string, location: string) =>
  (await shop.get(`/v1/streams/${sku}/${location}/state`, 'auditor')).body.reserved;

describe('a fulfilment group', () => {
  it('is set, set again and read', async () => {
    expect(await put('/v1/fulfilment-groups/north', { locations: ['N1', 'N2', 'N3'] })).toMatchObject({
      status: 200,
      body: { id: 'north', locations: ['N1', 'N2', 'N3'] },
    });
    expect(await put('/v1/fulfilment-groups/north', { locations: ['N2', 'N1'] })).toMatchObject({ status: 200 });
    expect((await shop.get('/v1/fulfilment-groups/north', 'storefront')).body).toMatchObject({
      locations: ['N2', 'N1'],
    });
    expect(await shop.get('/v1/fulfilment-groups/south')).toMatchObject({
      status: 404,
      body: { code: 'unknown-group' },
    });
  });

  it.each([
    ['nobody', []],
    ['a location twice', ['A', 'B', 'A']],
    ['101 locations', Array.from({ length: 101 }, (_, n) => `L${n}`)],
    ['a location with a blank', ['A B']],
  ])('is refused with %s', async (_, locations) => {
    expect(await put('/v1/fulfilment-groups/bad', { locations })).toMatchObject({ status: 400 });
  });
});

describe('a line that leaves its location open', () => {
  it('comes from the first location that has all of it', async () => {
    await stock('MUG', { A: 1, B: 5, C: 9 });
    const cart = await reserve('open-1', [{ sku: 'MUG', quantity: 4, locations: ['A', 'B', 'C'] }]);
    expect(cart).toMatchObject({ status: 201, body: { lines: [{ sku: 'MUG', location: 'B', quantity: 4 }] } });
  });

  it('comes from its group in the order of the group', async () => {
    await put('/v1/fulfilment-groups/city', { locations: ['C', 'B', 'A'] });
    await stock('BOWL', { A: 9, B: 9, C: 2 });
    const cart = await reserve('open-2', [{ sku: 'BOWL', quantity: 3, group: 'city' }]);
    expect(cart).toMatchObject({ status: 201, body: { lines: [{ location: 'B', quantity: 3 }] } });
    expect(await reserve('open-3', [{ sku: 'BOWL', quantity: 3, group: 'nowhere' }])).toMatchObject({
      status: 422,
      body: { code: 'unknown-group', group: 'nowhere' },
    });
  });

  it('is split only when that is allowed, from the nearest first', async () => {
    await stock('LAMP', { A: 2, B: 3, C: 4 });
    const asked = [{ sku: 'LAMP', quantity: 6, locations: ['A', 'B', 'C'] }];
    expect(await reserve('open-4', asked)).toMatchObject({
      status: 409,
      body: { code: 'insufficient', lines: [{ index: 0, sku: 'LAMP', requested: 6, available: 4 }] },
    });
    expect(await reserve('open-5', asked, { split: true })).toMatchObject({
      status: 201,
      body: {
        lines: [
          { location: 'A', quantity: 2 },
          { location: 'B', quantity: 3 },
          { location: 'C', quantity: 1 },
        ],
      },
    });
    const more = [{ sku: 'LAMP', quantity: 4, locations: ['A', 'B', 'C'] }];
    expect(await reserve('open-6', more, { split: true })).toMatchObject({
      status: 409,
      body: { lines: [{ requested: 4, available: 3 }] },
    });
    expect(await reserve('open-7', more, { split: true, partial: true })).toMatchObject({
      status: 201,
      body: { lines: [{ location: 'C', quantity: 3 }], missing: [{ requested: 4, available: 3 }] },
    });
  });

  it('is decided by the streams when the read model does not know the stock yet', async () => {
    const asked = (n: number) => reserve(`race-${n}`, [{ sku: 'RACE', quantity: 1, locations: ['A', 'B'] }]);
    await stock('RACE', { A: 5, B: 5 });
    const carts = await Promise.all(Array.from({ length: 14 }, (_, n) => asked(n)));
    expect(carts.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(await held('RACE', 'A')).toBe(5);
    expect(await held('RACE', 'B')).toBe(5);
  });
});

describe('a line is moved', () => {
  it('of a cart that is confirmed, and is held once', async () => {
    await stock('VASE', { A: 5, B: 5 });
    await stock('RUG', { A: 5 });
    const at = (location: string) => ({ sku: 'VASE', location, quantity: 2 });
    const { body } = await reserve('move-1', [at('A'), { sku: 'RUG', location: 'A', quantity: 1 }]);
    await change(body.id, 'confirm');
    for (const _ of ['first', 'again']) {
      const moved = await change(body.id, 'move', { id: 'm-1', line: 0, to: 'B' });
      expect(moved).toMatchObject({ status: 200, body: { status: 'confirmed', lines: [at('B'), { sku: 'RUG' }] } });
    }
    expect([await held('VASE', 'A'), await held('VASE', 'B')]).toEqual([0, 2]);
    expect(await change(body.id, 'move', { id: 'm-2', line: 7, to: 'B' })).toMatchObject({
      status: 422,
      body: { code: 'unknown-line' },
    });
    expect(await change(body.id, 'move', { id: 'm-1', line: 1, to: 'B' })).toMatchObject({ status: 422 });
    expect(await change(body.id, 'move', { id: 'm-3', line: 1, to: 'B' })).toMatchObject({
      status: 409,
      body: { code: 'insufficient', lines: [{ index: 1, sku: 'RUG', location: 'B', requested: 1, available: 0 }] },
    });
    expect(await held('RUG', 'A')).toBe(1);
    expect(await change(body.id, 'fulfil', { id: 'all' })).toMatchObject({
      status: 200,
      body: { status: 'fulfilled' },
    });
  });

  it('that stood alone keeps its id, wherever it goes', async () => {
    await stock('PAN', { A: 3, B: 3, C: 3 });
    const { body } = await reserve('move-2', [{ sku: 'PAN', location: 'A', quantity: 3 }]);
    const { id } = body;
    expect(await change(id, 'move', { id: 'm-1', line: 0, to: 'B' })).toMatchObject({
      status: 200,
      body: { id, reference: 'move-2', status: 'held', lines: [{ sku: 'PAN', location: 'B', quantity: 3 }] },
    });
    expect(await change(id, 'confirm')).toMatchObject({ status: 200, body: { id, status: 'confirmed' } });
    expect(await change(id, 'move', { id: 'm-2', line: 0, to: 'C' })).toMatchObject({
      status: 200,
      body: { id, status: 'confirmed', lines: [{ location: 'C' }] },
    });
    expect((await shop.get(`/v1/reservations/${id}`)).body).toMatchObject({ id, status: 'confirmed' });
    expect([await held('PAN', 'A'), await held('PAN', 'B'), await held('PAN', 'C')]).toEqual([0, 0, 3]);
    const sold = await shop.record({
      id: 'till-1',
      type: 'sale',
      sku: 'PAN',
      location: 'C',
      occurredAt: '2026-11-20T12:00:00Z',
      quantity: 1,
      reservationId: id,
    });
    expect(sold.body.results[0]).not.toHaveProperty('exceptions');
    expect(await change(id, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await held('PAN', 'C')).toBe(0);
    expect(await change(id, 'move', { id: 'm-3', line: 0, to: 'A' })).toMatchObject({
      status: 409,
      body: { code: 'reservation-ended', state: 'cancelled' },
    });
  });

  it('that stood alone stays where it is when there is nothing at the other place', async () => {
    await stock('POT', { A: 3 });
    const { body } = await reserve('move-3', [{ sku: 'POT', location: 'A', quantity: 3 }]);
    expect(await change(body.id, 'move', { id: 'm-1', line: 0, to: 'B' })).toMatchObject({
      status: 409,
      body: { code: 'insufficient' },
    });
    expect(await change(body.id, 'confirm')).toMatchObject({
      status: 200,
      body: { status: 'confirmed', lines: [{ location: 'A' }] },
    });
  });
});

describe('a store turns a line down', () => {
  it('and it is sourced anew, never from a place that turned it down before', async () => {
    await stock('FORK', { A: 5, B: 5, C: 5 });
    const { body } = await reserve('turn-1', [{ sku: 'FORK', quantity: 2, locations: ['A', 'B', 'C'] }]);
    await change(body.id, 'confirm');
    const at = (location: string) => ({ status: 200, body: { status: 'confirmed', lines: [{ location }] } });
    expect(await change(body.id, 'refuse', { id: 'r-1', location: 'A' })).toMatchObject(at('B'));
    expect(await change(body.id, 'refuse', { id: 'r-1', location: 'A' })).toMatchObject(at('B'));
    expect(await change(body.id, 'refuse', { id: 'r-2', location: 'B' })).toMatchObject(at('C'));
    expect(await change(body.id, 'refuse', { id: 'r-3', location: 'C' })).toMatchObject({
      status: 409,
      body: { code: 'insufficient', lines: [{ index: 0, sku: 'FORK', requested: 2, available: 0 }] },
    });
    expect(await change(body.id, 'refuse', { id: 'r-4', location: 'A' })).toMatchObject({
      status: 422,
      body: { code: 'unknown-line' },
    });
    expect([await held('FORK', 'A'), await held('FORK', 'B'), await held('FORK', 'C')]).toEqual([0, 0, 2]);
  });

  it('and all stays as it was when one of its lines cannot go elsewhere', async () => {
    await stock('KNIFE', { A: 5, B: 5 });
    await stock('SPOON', { A: 5 });
    const open = (sku: string) => ({ sku, quantity: 1, locations: ['A', 'B'] });
    const { body } = await reserve('turn-2', [open('KNIFE'), open('SPOON')]);
    expect(await change(body.id, 'refuse', { id: 'r-1', location: 'A' })).toMatchObject({
      status: 409,
      body: { lines: [{ index: 1, sku: 'SPOON' }] },
    });
    expect((await shop.get(`/v1/reservations/${body.id}`)).body.lines).toEqual([
      { sku: 'KNIFE', location: 'A', quantity: 1 },
      { sku: 'SPOON', location: 'A', quantity: 1 },
    ]);
    expect(await held('KNIFE', 'B')).toBe(0);
  });

  it('that named it: nobody else may serve it', async () => {
    await stock('TRAY', { A: 5, B: 5 });
    const { body } = await reserve('turn-3', [{ sku: 'TRAY', quantity: 1, location: 'A' }]);
    expect(await change(body.id, 'refuse', { id: 'r-1', location: 'A' })).toMatchObject({
      status: 409,
      body: { code: 'insufficient' },
    });
  });
});
