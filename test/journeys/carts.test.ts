import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const stock = (sku: string, quantity: number, location = 'STORE-A') =>
  shop.record({
    id: `receipt-${sku}-${location}`,
    type: 'receipt',
    sku,
    location,
    occurredAt: '2026-11-20T08:00:00Z',
    quantity,
    unitCost: '2.50',
    currency: 'GBP',
  });
const line = (sku: string, quantity: number, location = 'STORE-A') => ({ sku, quantity, location });
const reserve = (reference: string, lines: object[], more: object = {}) =>
  shop.post('/v1/reservations', { reference, lines, ttlSeconds: 600, ...more }, 'storefront');
const change = (id: string, verb: string, body: object = {}) =>
  shop.post(`/v1/reservations/${id}/${verb}`, body, 'storefront');
const held = async (sku: string, location = 'STORE-A') => {
  const { body } = await shop.get(`/v1/streams/${sku}/${location}/state`, 'auditor');
  return { onHand: body.onHand, reserved: body.reserved };
};

describe('a cart of several lines', () => {
  it('is held as a whole, confirmed and handed over line by line', async () => {
    await stock('MUG', 10);
    await stock('BOWL', 5, 'STORE-B');
    const cart = await reserve('cart-1', [line('MUG', 2), line('BOWL', 3, 'STORE-B')]);
    expect(cart).toMatchObject({
      status: 201,
      body: { reference: 'cart-1', status: 'held', lines: [line('MUG', 2), line('BOWL', 3, 'STORE-B')] },
    });
    expect(await held('MUG')).toEqual({ onHand: 10, reserved: 2 });
    const { id } = cart.body;
    expect(await change(id, 'confirm')).toMatchObject({ status: 200, body: { status: 'confirmed' } });
    expect(await change(id, 'confirm')).toMatchObject({ status: 200, body: { status: 'confirmed' } });

    const parcel = { id: 'parcel-1', lines: [{ sku: 'BOWL', quantity: 1 }] };
    for (const _ of ['first', 'again']) {
      expect(await change(id, 'fulfil', parcel)).toMatchObject({ status: 200, body: { status: 'partly-fulfilled' } });
    }
    expect(await held('BOWL', 'STORE-B')).toEqual({ onHand: 4, reserved: 2 });
    expect(await change(id, 'fulfil', { id: 'parcel-2' })).toMatchObject({ body: { status: 'fulfilled' } });
    expect(await held('MUG')).toEqual({ onHand: 8, reserved: 0 });
    expect(await change(id, 'cancel')).toMatchObject({ status: 409, body: { state: 'fulfilled' } });
    expect((await shop.get(`/v1/reservations/${id}`)).body).toMatchObject({ status: 'fulfilled', reference: 'cart-1' });
  });

  it('is refused as a whole, and every line that cannot be served says what there is', async () => {
    await stock('LAMP', 4);
    await stock('VASE', 1);
    await stock('RUG', 9);
    const asked = [line('LAMP', 5), line('RUG', 1), line('VASE', 2)];
    for (const _ of ['first', 'again']) {
      expect(await reserve('cart-2', asked)).toMatchObject({
        status: 409,
        body: {
          code: 'insufficient',
          lines: [
            { index: 0, sku: 'LAMP', location: 'STORE-A', requested: 5, available: 4 },
            { index: 2, sku: 'VASE', location: 'STORE-A', requested: 2, available: 1 },
          ],
        },
      });
    }
    expect(await held('RUG')).toEqual({ onHand: 9, reserved: 0 });
    const refused = await shop.get('/v1/reservations?reference=cart-2', 'storefront');
    expect(refused).toMatchObject({ status: 200, body: { status: 'rejected', lines: [] } });
    expect(await change(refused.body.id, 'confirm')).toMatchObject({ status: 409, body: { state: 'rejected' } });
  });

  it('sums lines for the same SKU and location before it decides', async () => {
    await stock('SOAP', 5);
    const together = [line('SOAP', 3), line('SOAP', 3)];
    expect(await reserve('cart-3', together)).toMatchObject({
      status: 409,
      body: { lines: [{ index: 0, requested: 6, available: 5 }] },
    });
    expect(await reserve('cart-4', [line('SOAP', 3), line('SOAP', 2)])).toMatchObject({
      status: 201,
      body: { lines: [line('SOAP', 5)] },
    });
  });

  it('holds what there is when part of it will do', async () => {
    await stock('PAN', 3);
    await stock('POT', 8);
    const asked = [line('PAN', 5), line('POT', 2), line('NEVER-SEEN', 1)];
    const cart = await reserve('cart-5', asked, { partial: true });
    expect(cart).toMatchObject({
      status: 201,
      body: {
        lines: [line('PAN', 3), line('POT', 2)],
        missing: [
          { index: 0, sku: 'PAN', location: 'STORE-A', requested: 5, available: 3 },
          { index: 2, sku: 'NEVER-SEEN', location: 'STORE-A', requested: 1, available: 0 },
        ],
      },
    });
    expect(await reserve('cart-6', [line('NEVER-SEEN', 1)], { partial: true })).toMatchObject({
      status: 409,
      body: { code: 'insufficient' },
    });
  });

  it('gets the same answer for the same words, and a refusal for others under its name', async () => {
    await stock('FORK', 10);
    await stock('KNIFE', 10);
    const asked = [line('FORK', 1), line('KNIFE', 1)];
    const first = await reserve('cart-7', asked);
    expect(await reserve('cart-7', asked)).toMatchObject({ status: 200, body: first.body });
    expect(await reserve('cart-7', [line('FORK', 2), line('KNIFE', 1)])).toMatchObject({
      status: 422,
      body: { code: 'reference-reused' },
    });
    const both = await Promise.all(Array.from({ length: 8 }, () => reserve('cart-8', asked)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(await held('FORK')).toEqual({ onHand: 10, reserved: 2 });
  });

  it('frees everything when it is cancelled, once', async () => {
    await stock('CUP', 4);
    await stock('DISH', 4);
    const { body } = await reserve('cart-9', [line('CUP', 4), line('DISH', 4)]);
    expect(await change(body.id, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await change(body.id, 'cancel')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await held('CUP')).toEqual({ onHand: 4, reserved: 0 });
    expect(await change(body.id, 'confirm')).toMatchObject({
      status: 409,
      body: { code: 'reservation-ended', state: 'cancelled' },
    });
  });

  it('loses all its holds at their second, and cannot be confirmed after it', async () => {
    await stock('CLOCK', 1);
    await stock('FRAME', 1);
    const { body } = await reserve('cart-10', [line('CLOCK', 1), line('FRAME', 1)], { ttlSeconds: 2 });
    await new Promise((resolve) => setTimeout(resolve, Date.parse(body.expiresAt) - Date.now() + 20));
    expect((await shop.get(`/v1/reservations/${body.id}`)).body).toMatchObject({ status: 'expired' });
    for (const verb of ['confirm', 'cancel']) {
      expect(await change(body.id, verb)).toMatchObject({ status: 409, body: { state: 'expired' } });
    }
    expect(await held('CLOCK')).toEqual({ onHand: 1, reserved: 0 });
  });

  it('of a hundred lines is one cart', async () => {
    const skus = Array.from({ length: 100 }, (_, n) => `BULK-${n}`);
    await shop.record(
      ...skus.map((sku) => ({
        id: `receipt-${sku}`,
        type: 'receipt',
        sku,
        location: 'STORE-A',
        occurredAt: '2026-11-20T08:00:00Z',
        quantity: 1,
        unitCost: '1.00',
        currency: 'GBP',
      })),
    );
    const asked = skus.map((sku) => line(sku, 1));
    const cart = await reserve('cart-100', asked);
    expect(cart).toMatchObject({ status: 201, body: { lines: asked } });
    expect((await reserve('cart-101', asked)).body.lines).toHaveLength(100);
    expect(await change(cart.body.id, 'confirm')).toMatchObject({ status: 200 });
  });
});

describe('a reservation is extended', () => {
  it.each([
    ['single', ['PEN']],
    ['several', ['PEN', 'INK']],
  ])('%s: once for each id, and never for a shorter time', async (name, skus) => {
    await Promise.all(skus.map((sku) => stock(sku, 10)));
    const { body } = await reserve(
      `extend-${name}`,
      skus.map((sku) => line(sku, 1)),
      { ttlSeconds: 60 },
    );
    const longer = await change(body.id, 'extend', { id: 'x-1', ttlSeconds: 3_600 });
    expect(longer).toMatchObject({ status: 200, body: { status: 'held' } });
    expect(Date.parse(longer.body.expiresAt)).toBeGreaterThan(Date.parse(body.expiresAt) + 3_000_000);
    const { expiresAt } = longer.body;
    expect((await change(body.id, 'extend', { id: 'x-1', ttlSeconds: 3_600 })).body).toMatchObject({ expiresAt });
    expect((await change(body.id, 'extend', { id: 'x-2', ttlSeconds: 5 })).body).toMatchObject({ expiresAt });
    expect((await shop.get(`/v1/reservations/${body.id}`)).body).toMatchObject({ expiresAt });
    expect(await change(body.id, 'extend', { id: 'x-1', ttlSeconds: 7 })).toMatchObject({
      status: 422,
      body: { code: 'id-reused' },
    });
    await change(body.id, 'confirm');
    expect(await change(body.id, 'extend', { id: 'x-3', ttlSeconds: 60 })).toMatchObject({
      status: 409,
      body: { code: 'reservation-confirmed', state: 'confirmed' },
    });
  });
});

describe('a cart is handed over', () => {
  it('never more of it than is held, and then nothing', async () => {
    await stock('TRAY', 10);
    await stock('JUG', 10);
    const { body } = await reserve('hand-1', [line('TRAY', 2), line('JUG', 2)]);
    const tooMuch = { id: 'p-1', lines: [line('TRAY', 1), line('JUG', 3)] };
    expect(await change(body.id, 'fulfil', tooMuch)).toMatchObject({
      status: 409,
      body: { code: 'fulfil-exceeds-hold', requested: 3, held: 2 },
    });
    expect(await held('TRAY')).toEqual({ onHand: 10, reserved: 2 });
    expect(await change(body.id, 'fulfil', { id: 'p-2', lines: [line('OTHER', 1)] })).toMatchObject({
      status: 422,
      body: { code: 'unknown-line' },
    });
    expect(await change(body.id, 'fulfil', { id: 'p-3', lines: [line('TRAY', 1)] })).toMatchObject({ status: 200 });
    expect(await change(body.id, 'fulfil', { id: 'p-3', lines: [line('TRAY', 2)] })).toMatchObject({
      status: 422,
      body: { code: 'id-reused' },
    });
  });

  it('by a sale at the till that names it', async () => {
    await stock('TEAPOT', 5);
    await stock('SAUCER', 5);
    const { body } = await reserve('hand-2', [line('TEAPOT', 2), line('SAUCER', 2)]);
    const sale = (sku: string) => ({
      id: `till-${sku}`,
      type: 'sale',
      ...line(sku, 2),
      occurredAt: '2026-11-20T12:00:00Z',
      reservationId: body.id,
    });
    const sold = await shop.record(sale('TEAPOT'));
    expect(sold.body.results[0]).toEqual({ id: 'till-TEAPOT', status: 'accepted', revision: 3 });
    expect(await held('TEAPOT')).toEqual({ onHand: 3, reserved: 0 });
    expect((await shop.get(`/v1/reservations/${body.id}`)).body).toMatchObject({ status: 'partly-fulfilled' });
    await shop.record(sale('SAUCER'));
    expect((await shop.get(`/v1/reservations/${body.id}`)).body).toMatchObject({ status: 'fulfilled' });
  });
});

describe('reservations under a reference', () => {
  it('are found again, the newest first', async () => {
    await stock('BELL', 10);
    await stock('GONG', 10);
    const one = await reserve('again', [line('BELL', 1)]);
    const two = await reserve('again', [line('GONG', 1)]);
    const cart = await reserve('again', [line('BELL', 1), line('GONG', 1)]);
    const found = await shop.get(`/v1/reservations?reference=again&minPosition=${cart.body.position}`, 'storefront');
    expect(found.body).toMatchObject({ id: cart.body.id, status: 'held' });
    // A cart's own event comes behind those of its stock.
    expect(found.body).not.toHaveProperty('stale');
    const bells = await shop.get(`/v1/availability/BELL?minPosition=${cart.body.position}`, 'storefront');
    expect(bells.body).toMatchObject({ available: 8 });
    expect(bells.body).not.toHaveProperty('stale');
    expect([...found.body.others].sort()).toEqual([one.body.id, two.body.id].sort());
    expect(await shop.get('/v1/reservations?reference=never', 'storefront')).toMatchObject({
      status: 404,
      body: { code: 'unknown-reservation' },
    });
  });
});

describe('carts are refused with', () => {
  it.each([
    ['101 lines', { lines: Array(101).fill(line('MUG', 1)) }],
    ['no lines', { lines: [] }],
    ['a line without a place', { lines: [{ sku: 'MUG', quantity: 1 }] }],
    ['a line with two places', { lines: [{ ...line('MUG', 1), group: 'north' }] }],
    ['no locations', { lines: [{ sku: 'MUG', quantity: 1, locations: [] }] }],
    ['101 locations', { lines: [{ sku: 'MUG', quantity: 1, locations: Array(101).fill('A') }] }],
    ['a quantity of nothing', { lines: [line('MUG', 0), line('MUG', 1)] }],
    ['a quantity below nothing', { lines: [line('MUG', -1), line('MUG', 1)] }],
    ['no time to live', { ttlSeconds: 0 }],
    ['more than 30 days to live', { ttlSeconds: 2_592_001 }],
    ['a partial that is no boolean', { partial: 'yes' }],
    ['a group with a blank', { lines: [{ sku: 'MUG', quantity: 1, group: 'a b' }] }],
  ])('%s', async (_, more) => {
    const body = { reference: 'bad', lines: [line('MUG', 1), line('BOWL', 1)], ttlSeconds: 60, ...more };
    expect(await shop.post('/v1/reservations', body, 'storefront')).toMatchObject({
      status: 400,
      body: { code: 'invalid-body' },
    });
  });

  it.each([
    ['extend', {}],
    ['extend', { id: 'x', ttlSeconds: 0 }],
    ['extend', { id: 'x', ttlSeconds: 2_592_001 }],
    ['extend', { id: 'x y', ttlSeconds: 1 }],
    ['move', { id: 'x', line: -1, to: 'STORE-B' }],
    ['move', { id: 'x', line: 0 }],
    ['refuse', { id: 'x' }],
    ['refuse', { id: 'x', location: 'STORE A' }],
    ['fulfil', { id: 'x', lines: [] }],
    ['confirm', { when: 'now' }],
  ])('a %s that says %j', async (verb, body) => {
    const id = `m${Buffer.from('cart-7').toString('base64url')}`;
    expect(await change(id, verb, body)).toMatchObject({ status: 400, body: { code: 'invalid-body' } });
  });

  it.each(['m', 'mAAAA', 'm!!!', `m${Buffer.from('a@b').toString('base64url')}`, 'x', 'mY2FydC03=='])(
    'an id like %s',
    async (id) => {
      expect((await shop.get(`/v1/reservations/${encodeURIComponent(id)}`)).status).toBe(404);
      expect((await change(encodeURIComponent(id), 'confirm')).status).toBe(404);
    },
  );
});
