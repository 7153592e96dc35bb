import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';
import { upToDate } from '../support/up-to-date.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const receipt = (sku: string, quantity: number, unitCost = '2.50') => ({
  id: `receipt-${sku}`,
  type: 'receipt',
  sku,
  location: 'DEPOT',
  // Before any transfer, whatever the clock: those leave when they are told.
  occurredAt: '2020-11-20T09:00:00Z',
  quantity,
  unitCost,
  currency: 'GBP',
});
const line = (sku: string, quantity: number, more: object = {}) => ({ sku, quantity, ...more });
const transfer = (id: string, lines: readonly object[], more: object = {}) => ({
  id,
  from: 'DEPOT',
  to: 'STORE-A',
  lines,
  ...more,
});

async function cells(sku: string, position: string) {
  const { body } = await upToDate(() => shop.get(`/v1/availability/${sku}?minPosition=${position}`));
  return Object.fromEntries(body.locations.map((cell: { location: string }) => [cell.location, cell]));
}
const types = async (sku: string, location: string) =>
  (await shop.get(`/v1/streams/${sku}/${location}/events`)).body.events.map(({ type }: { type: string }) => type);

describe('goods that are sent to another location', () => {
  it('leave at once, and are inbound there until they come', async () => {
    await shop.record(receipt('MUG', 10), receipt('CUP', 5));
    const sent = await shop.post('/v1/transfers', transfer('t-1', [line('MUG', 4), line('CUP', 5)]), 'store');
    expect(sent).toMatchObject({
      status: 201,
      body: { id: 't-1', status: 'in-transit', from: 'DEPOT', to: 'STORE-A' },
    });
    expect(sent.body.lines).toEqual([
      { sku: 'MUG', quantity: 4, received: 0, open: 4 },
      { sku: 'CUP', quantity: 5, received: 0, open: 5 },
    ]);
    expect(await cells('MUG', sent.body.position)).toMatchObject({
      DEPOT: { onHand: 6, inbound: 0 },
      'STORE-A': { onHand: 0, available: 0, inbound: 4 },
    });

    const part = await shop.post('/v1/transfers/t-1/receipts', { id: 'r-1', lines: [line('MUG', 3)] }, 'store');
    expect(part).toMatchObject({ status: 200, body: { status: 'in-transit' } });
    expect(part.body.lines[0]).toEqual({ sku: 'MUG', quantity: 4, received: 3, open: 1 });
    expect(await cells('MUG', part.body.position)).toMatchObject({ 'STORE-A': { onHand: 3, inbound: 1 } });

    const rest = [line('MUG', 1, { disposition: 'damaged' }), line('CUP', 5)];
    const all = await shop.post('/v1/transfers/t-1/receipts', { id: 'r-2', lines: rest });
    expect(all.body).toMatchObject({ status: 'received', lines: [{ open: 0 }, { open: 0 }] });
    expect(await cells('MUG', all.body.position)).toMatchObject({ 'STORE-A': { onHand: 3, damaged: 1, inbound: 0 } });
    expect((await shop.get('/v1/transfers/t-1', 'storefront')).body).toEqual(all.body);
  });

  it('are told once, however often they are sent or received', async () => {
    await shop.record(receipt('JUG', 10));
    const request = transfer('t-2', [line('JUG', 1), line('JUG', 2)], { dueAt: '2031-05-01T10:00:00+02:00' });
    const first = await shop.post('/v1/transfers', request);
    expect(first).toMatchObject({ status: 201, body: { dueAt: '2031-05-01T08:00:00.000Z', lines: [{ quantity: 3 }] } });
    expect(first.body.lines).toHaveLength(1);
    expect(await shop.post('/v1/transfers', request)).toMatchObject({ status: 200, body: first.body });

    const came = { id: 'r-1', lines: [line('JUG', 1), line('JUG', 1)] };
    const received = await shop.post('/v1/transfers/t-2/receipts', came);
    expect((await shop.post('/v1/transfers/t-2/receipts', came)).body).toEqual(received.body);
    expect(received.body.lines).toEqual([{ sku: 'JUG', quantity: 3, received: 2, open: 1 }]);
    expect(await types('JUG', 'DEPOT')).toEqual(['Received', 'Dispatched']);
    expect(await types('JUG', 'STORE-A')).toEqual(['SupplyScheduled', 'Arrived']);
  });

  it('are told once also by many at the same time', async () => {
    await shop.record(receipt('PAN', 50));
    const request = transfer('t-3', [line('PAN', 20)]);
    const sent = await Promise.all(Array.from({ length: 20 }, () => shop.post('/v1/transfers', request)));
    expect(sent.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    const came = (index: number) => ({ id: `r-${index % 10}`, lines: [line('PAN', 2)], close: index % 10 === 9 });
    await Promise.all(Array.from({ length: 40 }, (_, n) => shop.post('/v1/transfers/t-3/receipts', came(n))));
    const { body } = await shop.get('/v1/transfers/t-3');
    expect(body).toMatchObject({ status: 'closed', lines: [{ quantity: 20, received: 20, open: 0 }] });
    expect(await cells('PAN', body.position)).toMatchObject({
      DEPOT: { onHand: 30 },
      'STORE-A': { onHand: 20, inbound: 0 },
    });
    expect(await types('PAN', 'DEPOT')).toEqual(['Received', 'Dispatched']);
  });

  it('may be promised there for the day they are due', async () => {
    await shop.record(receipt('TENT', 10));
    const dueAt = new Date(Date.now() + 2 * 86_400_000).toISOString();
    const { body } = await shop.post('/v1/transfers', transfer('t-due', [line('TENT', 4)], { dueAt }));
    const path = `/v1/availability/TENT/schedule?locations=STORE-A&days=5&minPosition=${body.position}`;
    const { days } = (await upToDate(() => shop.get(path))).body;
    const due = days.find(({ date }: { date: string }) => date === dueAt.slice(0, 10));
    expect(days[0]).toMatchObject({ available: 0 });
    expect(due).toMatchObject({ available: 4, supply: 4 });
  });

  it('may be more than there are: that is a fact with its exception', async () => {
    await shop.record(receipt('BOWL', 2));
    const request = transfer('t-4', [line('BOWL', 5)]);
    const sent = await shop.post('/v1/transfers', request);
    const lines = [{ sku: 'BOWL', quantity: 5, received: 0, open: 5, exceptions: [{ code: 'oversold' }] }];
    expect(sent).toMatchObject({ status: 201, body: { lines } });
    expect(await shop.post('/v1/transfers', request)).toMatchObject({ status: 200, body: { lines } });
    expect(await cells('BOWL', sent.body.position)).toMatchObject({ DEPOT: { onHand: -3 }, 'STORE-A': { inbound: 5 } });
  });
});

describe('what comes otherwise than it was sent', () => {
  it('is a fact with its discrepancy: more units, and a SKU that was not sent', async () => {
    await shop.record(receipt('LAMP', 10));
    await shop.post('/v1/transfers', transfer('t-5', [line('LAMP', 2)]));
    const came = { id: 'r-1', lines: [line('LAMP', 3), line('ROGUE', 1)] };
    const received = await shop.post('/v1/transfers/t-5/receipts', came);
    expect(received.body).toMatchObject({ status: 'received' });
    expect(received.body.lines).toEqual([
      { sku: 'LAMP', quantity: 2, received: 3, open: 0, discrepancy: 1 },
      { sku: 'ROGUE', quantity: 0, received: 1, open: 0, discrepancy: 1 },
    ]);
    expect(await cells('ROGUE', received.body.position)).toMatchObject({ 'STORE-A': { onHand: 1 } });
  });

  it('is a shortage once the transfer is closed, and no longer inbound; what comes even later is still a fact', async () => {
    await shop.record(receipt('DESK', 10));
    await shop.post('/v1/transfers', transfer('t-6', [line('DESK', 5)]));
    const closing = { id: 'r-1', lines: [line('DESK', 3)], close: true };
    const closed = await shop.post('/v1/transfers/t-6/receipts', closing);
    const lines = [{ sku: 'DESK', quantity: 5, received: 3, open: 0, discrepancy: -2 }];
    expect(closed).toMatchObject({ status: 200, body: { status: 'closed', lines } });
    expect(await cells('DESK', closed.body.position)).toMatchObject({ 'STORE-A': { onHand: 3, inbound: 0 } });
    expect((await shop.post('/v1/transfers/t-6/receipts', closing)).body).toEqual(closed.body);

    const late = await shop.post('/v1/transfers/t-6/receipts', { id: 'r-2', lines: [line('DESK', 1)] });
    expect(late.body).toMatchObject({ status: 'closed', lines: [{ received: 4, open: 0, discrepancy: -1 }] });
    expect(await cells('DESK', late.body.position)).toMatchObject({ 'STORE-A': { onHand: 4, inbound: 0 } });
    const over = await shop.post('/v1/transfers/t-6/receipts', { id: 'r-3', close: true });
    expect(over).toMatchObject({ status: 200, body: { status: 'closed', lines: [{ received: 4, discrepancy: -1 }] } });
  });

  it('may be nothing at all', async () => {
    await shop.record(receipt('SOFA', 1));
    await shop.post('/v1/transfers', transfer('t-7', [line('SOFA', 1)]));
    const closed = await shop.post('/v1/transfers/t-7/receipts', { id: 'r-1', close: true });
    expect(closed.body).toMatchObject({ status: 'closed', lines: [{ received: 0, open: 0, discrepancy: -1 }] });
  });
});

describe('what it is worth', () => {
  it('goes along at what it cost when it left, and what is missing is lost', async () => {
    await shop.record(receipt('VASE', 10, '3.333333'));
    await shop.post('/v1/transfers', transfer('t-8', [line('VASE', 3)]));
    await shop.post('/v1/transfers/t-8/receipts', { id: 'r-1', lines: [line('VASE', 1)] });
    const { body } = await shop.post('/v1/transfers/t-8/receipts', {
      id: 'r-2',
      lines: [line('VASE', 1)],
      close: true,
    });
    const worth = async (location: string) =>
      (await upToDate(() => shop.get(`/v1/valuation/VASE/${location}?minPosition=${body.position}`))).body;
    expect(await worth('DEPOT')).toMatchObject({ quantity: 7, value: '23.33', currency: 'GBP' });
    expect(await worth('STORE-A')).toMatchObject({ quantity: 2, value: '6.67', currency: 'GBP' });
  });
});

describe('is refused, and nothing is stored', () => {
  const good = transfer('bad', [line('NEW', 1)]);
  it.each([
    ['no id', { ...good, id: undefined }],
    ['an id with a slash', { ...good, id: 'a/b' }],
    ['no lines', { ...good, lines: [] }],
    ['101 lines', { ...good, lines: Array(101).fill(line('NEW', 1)) }],
    ['a line that is no object', { ...good, lines: [1] }],
    ['a line with an unknown field', { ...good, lines: [line('NEW', 1, { cost: 1 })] }],
    ['no units', { ...good, lines: [line('NEW', 0)] }],
    ['units below 0', { ...good, lines: [line('NEW', -1)] }],
    ['half a unit', { ...good, lines: [line('NEW', 0.5)] }],
    ['too many units in two lines', { ...good, lines: [line('NEW', 1_000_000_000), line('NEW', 1)] }],
    ['the same place twice', { ...good, to: 'DEPOT' }],
    ['no destination', { ...good, to: undefined }],
    ['a place with a blank', { ...good, to: 'STORE A' }],
    ['a time that is none', { ...good, dueAt: 'tomorrow' }],
    ['an occurredAt', { ...good, occurredAt: '2026-11-20T09:00:00Z' }],
    ['a list', [good]],
  ])('a transfer with %s', async (_, body) => {
    expect(await shop.post('/v1/transfers', body)).toMatchObject({ status: 400, body: { code: 'invalid-body' } });
    expect((await shop.get('/v1/transfers/bad')).status).toBe(404);
    expect((await shop.get('/v1/streams/NEW/DEPOT/events')).status).toBe(404);
  });

  it('another transfer under the same id', async () => {
    await shop.post('/v1/transfers', transfer('t-9', [line('TRAY', 1)]));
    const reused = { status: 422, body: { code: 'id-reused', id: 't-9' } };
    const others = [
      transfer('t-9', [line('TRAY', 2)]),
      transfer('t-9', [line('TRAY', 1), line('TRAY-2', 1)]),
      transfer('t-9', [line('TRAY', 1)], { to: 'STORE-B' }),
      transfer('t-9', [line('TRAY', 1)], { dueAt: '2031-05-01T08:00:00Z' }),
    ];
    for (const other of others) expect(await shop.post('/v1/transfers', other)).toMatchObject(reused);
    expect(await types('TRAY', 'DEPOT')).toEqual(['Dispatched']);
  });

  it.each([
    ['no id', { lines: [line('TRAY', 1)] }],
    ['no lines and no close', { id: 'r' }],
    ['an empty list', { id: 'r', lines: [] }],
    ['101 lines', { id: 'r', lines: Array(101).fill(line('TRAY', 1)) }],
    ['no units', { id: 'r', lines: [line('TRAY', 0)] }],
    ['an unknown disposition', { id: 'r', lines: [line('TRAY', 1, { disposition: 'lost' })] }],
    ['a close that is no yes or no', { id: 'r', lines: [line('TRAY', 1)], close: 'yes' }],
    ['an unknown field', { id: 'r', lines: [line('TRAY', 1)], location: 'STORE-A' }],
  ])('a receipt with %s', async (_, body) => {
    await shop.post('/v1/transfers', transfer('t-9', [line('TRAY', 1)]));
    expect(await shop.post('/v1/transfers/t-9/receipts', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid-body' },
    });
    expect((await shop.get('/v1/transfers/t-9')).body.lines).toMatchObject([{ received: 0 }]);
  });

  it('another receipt under the same id', async () => {
    await shop.post('/v1/transfers', transfer('t-10', [line('RUG', 5)]));
    const came = { id: 'r-1', lines: [line('RUG', 1)] };
    await shop.post('/v1/transfers/t-10/receipts', came);
    const reused = { status: 422, body: { code: 'id-reused', id: 'r-1' } };
    const others = [
      { ...came, lines: [line('RUG', 2)] },
      { ...came, lines: [line('RUG', 1, { disposition: 'damaged' })] },
      { ...came, close: true },
    ];
    for (const other of others) expect(await shop.post('/v1/transfers/t-10/receipts', other)).toMatchObject(reused);
    expect((await shop.get('/v1/transfers/t-10')).body).toMatchObject({
      status: 'in-transit',
      lines: [{ received: 1 }],
    });
  });

  it('a transfer that nobody has sent', async () => {
    const unknown = { status: 404, body: { code: 'unknown-transfer', id: 't-99' } };
    expect(await shop.get('/v1/transfers/t-99')).toMatchObject(unknown);
    const came = { id: 'r-1', lines: [line('MUG', 1)] };
    expect(await shop.post('/v1/transfers/t-99/receipts', came)).toMatchObject(unknown);
    expect(await shop.get('/v1/transfers/a%2Fb')).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
  });

  it('whoever may only read, and nobody', async () => {
    expect(await shop.post('/v1/transfers', good, 'storefront')).toMatchObject({ status: 403 });
    expect(await shop.post('/v1/transfers/t-1/receipts', { id: 'r', close: true }, 'auditor')).toMatchObject({
      status: 403,
    });
    expect(await shop.get('/v1/transfers/t-1', 'nobody')).toMatchObject({ status: 401 });
    expect(await shop.get('/v1/transfers/t-1', 'erp')).toMatchObject({ status: 403 });
  });
});
