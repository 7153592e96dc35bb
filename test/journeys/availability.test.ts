import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearOfMidnight } from '../support/midnight.js';
import { ServiceProcess } from '../support/service.js';
import { upToDate } from '../support/up-to-date.js';

const DAY_MS = 86_400_000;
/** The day so many days from now, and an instant of it. */
const day = (inDays: number) => new Date(Date.now() + inDays * DAY_MS).toISOString().slice(0, 10);
const noon = (inDays: number) => `${day(inDays)}T12:00:00Z`;

let shop: ServiceProcess;
beforeAll(async () => {
  await clearOfMidnight();
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

let receipts = 0;
const receipt = (sku: string, quantity: number, location = 'STORE-A') => ({
  id: `receipt-${++receipts}`,
  type: 'receipt',
  sku,
  location,
  occurredAt: '2026-11-20T08:00:00Z',
  quantity,
  unitCost: '1.00',
  currency: 'GBP',
});
const expectUnits = (sku: string, quantity: number, inDays: number, location = 'STORE-A') =>
  shop.put(`/v1/supplies/${sku}/${location}/po-${inDays}`, { quantity, dueAt: noon(inDays) }, 'store');
const hold = (sku: string, quantity: number, more: object = {}) =>
  shop.post('/v1/reservations', {
    reference: `cart-${sku}-${quantity}`,
    lines: [{ sku, location: 'STORE-A', quantity }],
    ttlSeconds: 86_400,
    ...more,
  });

/** What is asked, once it shows what was written last. */
async function shown(path: string, { body: { position } }: { body: { position: string } }) {
  const at = `${path}${path.includes('?') ? '&' : '?'}minPosition=${position}`;
  const answer = await upToDate(() => shop.get(at, 'storefront'));
  expect(answer.body).not.toHaveProperty('stale');
  return answer;
}

describe('availability for a date', () => {
  it('counts what is due by then, and keeps what is promised for later', async () => {
    await shop.record(receipt('DATED', 5));
    await expectUnits('DATED', 10, 2);
    const held = await hold('DATED', 8, { neededBy: noon(4) });
    expect(held.status).toBe(201);

    const now = await shown('/v1/availability/DATED', held);
    expect(now.body).toMatchObject({ available: 5, locations: [{ onHand: 5, reserved: 8, inbound: 10 }] });
    expect((await shown(`/v1/availability/DATED?date=${day(1)}`, held)).body.available).toBe(5);
    expect((await shown(`/v1/availability/DATED?date=${day(2)}`, held)).body.available).toBe(7);
    expect((await shown(`/v1/availability/DATED?date=${encodeURIComponent(noon(3))}`, held)).body.available).toBe(7);
    const many = await shop.post('/v1/availability', { skus: ['DATED'], date: day(365) }, 'storefront');
    expect(many.body.items).toEqual([{ sku: 'DATED', available: 7 }]);
  });

  it('is told day by day', async () => {
    await shop.record(receipt('DAILY', 5), receipt('DAILY', 1, 'STORE-B'));
    await expectUnits('DAILY', 10, 2);
    const held = await hold('DAILY', 8, { neededBy: noon(4) });

    const { status, body } = await shown('/v1/availability/DAILY/schedule?days=6', held);
    expect(status).toBe(200);
    expect(body).toMatchObject({ sku: 'DAILY', available: 6, overdue: 0, source: 'memory' });
    expect(body.days).toEqual([
      { date: day(0), available: 6, supply: 0, demand: 0 },
      { date: day(1), available: 6, supply: 0, demand: 0 },
      { date: day(2), available: 8, supply: 10, demand: 0 },
      { date: day(3), available: 8, supply: 0, demand: 0 },
      { date: day(4), available: 8, supply: 0, demand: 8 },
      { date: day(5), available: 8, supply: 0, demand: 0 },
    ]);
    const usual = await shown('/v1/availability/DAILY/schedule', held);
    expect(usual.body.days).toHaveLength(30);
    const byLocation = await shown('/v1/availability/DAILY/schedule?days=1&detail=true', held);
    expect(byLocation.body.locations).toMatchObject([
      { location: 'STORE-A', available: 5, days: [{ available: 5 }] },
      { location: 'STORE-B', available: 1, days: [{ available: 1 }] },
    ]);
  });
});

describe('availability where it is asked for', () => {
  it('is the sum over the locations of a group, or over those named', async () => {
    await shop.record(receipt('SPREAD', 1, 'N-1'), receipt('SPREAD', 2, 'N-2'));
    const written = await shop.record(receipt('SPREAD', 4, 'S-1'));
    await shop.put('/v1/fulfilment-groups/north', { locations: ['N-2', 'N-1', 'N-9'] });

    const north = await shown('/v1/availability/SPREAD?group=north', written);
    expect(north.body).toMatchObject({ available: 3, locations: [{ location: 'N-1' }, { location: 'N-2' }] });
    expect((await shown('/v1/availability/SPREAD?group=north&locations=N-1,S-1', written)).body.available).toBe(1);
    expect((await shown('/v1/availability/SPREAD?locations=N-1,S-1,X-1', written)).body.available).toBe(5);
    const many = await shop.post('/v1/availability', { skus: ['SPREAD', 'NEVER'], group: 'north', detail: true });
    expect(many.body).toMatchObject({ items: [{ sku: 'SPREAD', available: 3 }], unknown: ['NEVER'] });
    const schedule = await shown('/v1/availability/SPREAD/schedule?days=1&group=north', written);
    expect(schedule.body).toMatchObject({ available: 3, days: [{ available: 3 }] });
  });

  it('is 0, and no location, where the SKU never was', async () => {
    const written = await shop.record(receipt('ELSEWHERE', 1));
    const { status, body } = await shown('/v1/availability/ELSEWHERE?locations=X-1', written);
    expect(status).toBe(200);
    expect(body).toMatchObject({ available: 0, locations: [] });
  });

  it('is a problem for a group that nobody has set', async () => {
    const problem = { status: 404, body: { code: 'unknown-group', group: 'nowhere' } };
    expect(await shop.get('/v1/availability/SPREAD?group=nowhere')).toMatchObject(problem);
    expect(await shop.post('/v1/availability', { skus: ['SPREAD'], group: 'nowhere' })).toMatchObject(problem);
    expect(await shop.get('/v1/availability/SPREAD/schedule?group=nowhere')).toMatchObject(problem);
  });
});

describe('a SKU', () => {
  it('that nothing ever happened to is unknown', async () => {
    const problem = { status: 404, body: { code: 'unknown-sku', sku: 'NEVER' } };
    expect(await shop.get('/v1/availability/NEVER')).toMatchObject(problem);
    expect(await shop.get('/v1/availability/NEVER/schedule')).toMatchObject(problem);
    expect((await shop.post('/v1/availability', { skus: ['NEVER'] })).body).toMatchObject({
      items: [],
      unknown: ['NEVER'],
    });
  });

  it('that was only announced is known, with nothing to promise today', async () => {
    const announced = await expectUnits('NEW', 7, 3);
    const { body } = await shown('/v1/availability/NEW', announced);
    expect(body).toMatchObject({ available: 0, locations: [{ onHand: 0, inbound: 7 }] });
  });
});

describe('an explanation', () => {
  it('adds up, and leads to the events and reservations behind the number', async () => {
    await shop.record(receipt('WHY', 20));
    await shop.put('/v1/policies/WHY/STORE-A', { safetyStock: 2, protections: { web: 5 } });
    const held = await hold('WHY', 3, { channel: 'web' });
    await shop.record({
      id: 'why-1',
      type: 'sale',
      sku: 'WHY',
      location: 'STORE-A',
      occurredAt: '2026-11-20T09:00:00Z',
      quantity: 4,
    });

    const { status, body } = await shop.get('/v1/availability/WHY/STORE-A/explain', 'storefront');
    expect(status).toBe(200);
    expect(body).toMatchObject({ sku: 'WHY', location: 'STORE-A', available: 9, revision: 4 });
    const formula = { onHand: 16, reserved: -3, safetyStock: -2, protected: -2, coveredBySupply: 0, shortage: 0 };
    expect(body.formula).toEqual(formula);
    const [onHand, reserved, , kept] = body.terms;
    expect(onHand).toMatchObject({
      since: [
        { type: 'Received', units: 20 },
        { type: 'Sold', units: -4 },
      ],
    });
    expect(reserved.newest).toMatchObject([{ reservationId: held.body.id, quantity: 3, channel: 'web', revision: 3 }]);
    expect(kept.channels).toMatchObject([{ channel: 'web', kept: 5, held: 3, deducted: 2 }]);
    const { events } = (await shop.get('/v1/streams/WHY/STORE-A/events')).body;
    expect(events[onHand.newest[0].revision].id).toBe(onHand.newest[0].id);
    expect((await shop.get('/v1/availability/WHY/STORE-A/explain?channel=web&limit=1')).body).toMatchObject({
      available: 11,
      formula: { protected: 0 },
    });
  });

  it('names the cart that holds', async () => {
    await shop.record(receipt('CART-1', 5), receipt('CART-2', 5));
    const lines = ['CART-1', 'CART-2'].map((sku) => ({ sku, location: 'STORE-A', quantity: 2 }));
    const cart = await shop.post('/v1/reservations', { reference: 'two-lines', lines, ttlSeconds: 600 });
    expect(cart.status).toBe(201);
    const { body } = await shop.get('/v1/availability/CART-2/STORE-A/explain');
    expect(body.terms[1].newest).toMatchObject([{ reservationId: cart.body.id, quantity: 2 }]);
  });

  it('is not there for what nothing ever happened to', async () => {
    expect(await shop.get('/v1/availability/WHY/STORE-Z/explain')).toMatchObject({
      status: 404,
      body: { code: 'unknown-stream' },
    });
  });
});

describe('many cells', () => {
  it('are told in one answer, the unknown ones named', async () => {
    const skus = Array.from({ length: 250 }, (_, n) => `BULK-${n}`);
    const lines = skus.filter((_, n) => n % 10 !== 0).map((sku, n) => receipt(sku, n + 1, `STORE-${n % 4}`));
    const written = await shop.record(...lines);
    const ask = (detail: boolean) =>
      upToDate(() =>
        shop.post(`/v1/availability?minPosition=${written.body.position}`, { skus, detail }, 'storefront'),
      );

    const detailed = await ask(true);
    expect(detailed.status).toBe(200);
    expect(detailed.body.items).toHaveLength(225);
    expect(detailed.body.items[0]).toMatchObject({ sku: 'BULK-1', available: 1, locations: [{ location: 'STORE-0' }] });
    expect(detailed.body.unknown).toEqual(skus.filter((_, n) => n % 10 === 0));
    const inAll = await ask(false);
    const { items, unknown, source } = detailed.body;
    expect(inAll.body).toMatchObject({ unknown, source, position: expect.stringMatching(/^p/) });
    expect(inAll.body.items).toEqual(items.map(({ sku, available }: never) => ({ sku, available })));
  });

  it('that nobody knows are all unknown', async () => {
    const skus = Array.from({ length: 1_000 }, (_, n) => `NOBODY-${n}`);
    expect((await shop.post('/v1/availability', { skus, detail: true })).body).toMatchObject({
      items: [],
      unknown: skus,
    });
  });
});

describe('what cannot be asked', () => {
  const wrong = { status: 400, body: { code: 'invalid-parameter' } };

  it.each([
    ['a day that does not exist', 'date=2026-02-30'],
    ['an instant without offset', 'date=2026-11-20T10:00:00'],
    ['a word for a date', 'date=tomorrow'],
    ['a day of the past', `date=${day(-2)}`],
    ['a day more than a year ahead', `date=${day(367)}`],
    ['a channel with a blank', 'channel=the%20web'],
    ['a group with a slash', 'group=a%2Fb'],
    ['a location with a slash', 'locations=A,B%2FC'],
    ['101 locations', `locations=${Array.from({ length: 101 }, (_, n) => `L${n}`).join(',')}`],
    ['locations said twice', 'locations=A&locations=B%2FC'],
    ['a position of another making', 'minPosition=7'],
    ['something else', 'colour=blue'],
  ])('%s', async (_, query) => {
    expect(await shop.get(`/v1/availability/MUG?${query}`)).toMatchObject(wrong);
  });

  it.each(['days=0', 'days=366', 'days=x', 'days=1.5', 'detail=yes', 'date=2026-12-01', 'channel='])(
    'of a schedule: %s',
    async (query) => {
      expect(await shop.get(`/v1/availability/MUG/schedule?${query}`)).toMatchObject(wrong);
    },
  );

  it.each(['limit=0', 'limit=1001', 'channel=a%20b', 'date=2026-12-01'])('of an explanation: %s', async (query) => {
    expect(await shop.get(`/v1/availability/MUG/STORE-A/explain?${query}`)).toMatchObject(wrong);
  });

  it.each([
    ['no SKUs', { skus: [] }],
    ['1,001 SKUs', { skus: Array.from({ length: 1_001 }, (_, n) => `S-${n}`) }],
    ['a SKU with a blank', { skus: ['MUG BLUE'] }],
    ['a SKU as a number', { skus: [1] }],
    ['a date as a number', { skus: ['MUG'], date: 20261120 }],
    ['a day of the past', { skus: ['MUG'], date: '2020-01-01' }],
    ['an empty group', { skus: ['MUG'], group: '' }],
    ['null for a channel', { skus: ['MUG'], channel: null }],
    ['no locations', { skus: ['MUG'], locations: [] }],
    ['detail as text', { skus: ['MUG'], detail: 'true' }],
    ['an unknown field', { skus: ['MUG'], region: 'north' }],
  ])('of many: %s', async (_, body) => {
    expect(await shop.post('/v1/availability', body)).toMatchObject({ status: 400, body: { code: 'invalid-body' } });
  });
});
