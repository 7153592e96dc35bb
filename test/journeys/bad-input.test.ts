import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const line = (more: object = {}) => ({
  id: 'x-1',
  type: 'sale',
  sku: 'MUG',
  location: 'STORE-A',
  occurredAt: '2026-11-20T10:00:00Z',
  quantity: 1,
  ...more,
});

/** The same line with the text of one value replaced, for values that JSON.stringify cannot write. */
const withQuantityText = (text: string) =>
  `{"movements":[${JSON.stringify(line()).replace('"quantity":1', `"quantity":${text}`)}]}`;

const stored = async () => (await shop.get('/v1/streams/MUG/STORE-A/events')).status;

describe('a defect of the envelope stores nothing', () => {
  it.each([
    ['not JSON', 'nope', 400, 'invalid-json'],
    ['half a body', '{"movements":[', 400, 'invalid-json'],
    ['empty', '', 400, 'invalid-body'],
    ['a list', '[]', 400, 'invalid-body'],
    ['null', 'null', 400, 'invalid-body'],
    ['no movements', '{}', 400, 'invalid-body'],
    ['movements of a wrong type', '{"movements":{"0":1}}', 400, 'invalid-body'],
    ['no lines', '{"movements":[]}', 400, 'invalid-body'],
    ['an unknown field', `{"movements":[${JSON.stringify(line())}],"extra":1}`, 400, 'invalid-body'],
    ['a key twice', '{"movements":[],"movements":[]}', 400, 'duplicate-key'],
    ['a key twice deep inside', withQuantityText('1,"quantity":1'), 400, 'duplicate-key'],
    ['__proto__', '{"__proto__":{"movements":[]}}', 400, 'invalid-json'],
    ['__proto__ in a line', withQuantityText('1,"__proto__":{"a":1}'), 400, 'invalid-json'],
    ['NaN', withQuantityText('NaN'), 400, 'invalid-json'],
    ['nesting without end', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400, 'invalid-json'],
    ['1,001 lines', JSON.stringify({ movements: Array(1_001).fill(line()) }), 400, 'invalid-body'],
    ['5 MB', JSON.stringify({ movements: [line({ reference: 'x'.repeat(5_000_000) })] }), 413, 'body-too-large'],
  ])('%s', async (_, body, status, code) => {
    const answer = await shop.postText('/v1/movements', body);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.detail.length).toBeGreaterThan(10);
    expect(await stored()).toBe(404);
  });

  it('a body that is not UTF-8', async () => {
    const body = Buffer.from('{"movements":["\xff\xfe"]}', 'latin1');
    expect(await shop.postText('/v1/movements', body)).toMatchObject({ status: 400, body: { code: 'invalid-json' } });
  });

  it('a body of another type', async () => {
    expect(await shop.postText('/v1/movements', 'a,b', 'store', 'text/csv')).toMatchObject({ status: 415 });
  });
});

describe('a defect of one line rejects that line alone', () => {
  it.each([
    ['a string quantity', { quantity: '1' }],
    ['a fraction', { quantity: 1.5 }],
    ['nothing', { quantity: 0 }],
    ['less than nothing', { quantity: -1 }],
    ['more than a billion', { quantity: 1_000_000_001 }],
    ['null', { quantity: null }],
    ['a list', { quantity: [1] }],
    ['an unknown type', { type: 'gift' }],
    ['a type that objects inherit', { type: 'constructor' }],
    ['an unknown field', { colour: 'blue' }],
    ['a field of another type', { unitCost: '1.00' }],
    ['a null reference', { reference: null }],
    ['a SKU with a blank', { sku: 'MUG 1' }],
    ['a location that is too long', { location: 'L'.repeat(33) }],
    ['an id with a slash', { id: 'a/b' }],
    ['an instant without offset', { occurredAt: '2026-11-20T10:00:00' }],
    ['a day that does not exist', { occurredAt: '2026-02-30T10:00:00Z' }],
    ['a receipt without cost', { type: 'receipt', currency: 'GBP' }],
    ['a negative cost', { type: 'receipt', currency: 'GBP', unitCost: '-1.00' }],
    ['a cost as a number', { type: 'receipt', currency: 'GBP', unitCost: 1 }],
    ['a currency that does not exist', { type: 'receipt', currency: 'XXZ', unitCost: '1.00' }],
    [
      'an amount finer than its currency',
      { type: 'cost-revision', quantity: undefined, amount: '1.234', currency: 'GBP', reason: 'x' },
    ],
    ['a move to where it is', { type: 'disposition', from: 'damaged', to: 'damaged' }],
  ])('%s', async (_, more) => {
    const answer = await shop.post('/v1/movements', { movements: [line(more), line({ sku: 'GOOD' })] });
    expect(answer.status).toBe(200);
    const [bad, good] = answer.body.results;
    expect(bad).toMatchObject({ status: 'rejected', problem: { status: 400, code: 'invalid-body' } });
    expect(bad.problem.errors[0].message.length).toBeGreaterThan(5);
    expect(['accepted', 'duplicate']).toContain(good.status);
    expect(await stored()).toBe(404);
  });

  it.each(['9007199254740993', '-0', '1e400', '-1e400', '1e10', '0.1e1000'])('the number %s', async (text) => {
    const { status, body } = await shop.postText('/v1/movements', withQuantityText(text));
    expect(status).toBe(200);
    expect(body.results[0]).toMatchObject({ status: 'rejected', problem: { code: 'invalid-body' } });
    expect(await stored()).toBe(404);
  });
});

describe('reservations', () => {
  const cart = (more: object = {}) => ({
    reference: 'order-1',
    lines: [{ sku: 'GOOD', location: 'STORE-A', quantity: 1 }],
    ttlSeconds: 60,
    ...more,
  });

  it.each([
    ['no lines', { lines: [] }],
    ['101 lines', { lines: Array(101).fill({ sku: 'GOOD', location: 'STORE-A', quantity: 1 }) }],
    ['no time to live', { ttlSeconds: 0 }],
    ['a time to live of a year', { ttlSeconds: 31_536_000 }],
    ['half a second', { ttlSeconds: 0.5 }],
    ['a line that is no object', { lines: [1] }],
    ['an unknown field', { hello: 1 }],
    ['a line with an unknown field', { lines: [{ sku: 'GOOD', location: 'STORE-A', quantity: 1, price: 1 }] }],
    ['a reference with a blank', { reference: 'order 1' }],
  ])('are refused with %s', async (_, more) => {
    expect(await shop.post('/v1/reservations', cart(more))).toMatchObject({
      status: 400,
      body: { code: 'invalid-body' },
    });
  });

  it.each(['nope', 's', 'sAAAA', 'a%2Fb', `s${Buffer.from('A@B').toString('base64url')}`])(
    'are not found under the id %s',
    async (id) => {
      expect((await shop.get(`/v1/reservations/${id}`)).status).toBe(404);
      expect((await shop.post(`/v1/reservations/${id}/confirm`, {})).status).toBe(404);
    },
  );
});

describe('reads', () => {
  it.each([
    '/v1/availability/MUG?minPosition=nope',
    '/v1/availability/MUG?location=A',
    '/v1/availability/MUG?locations=',
    '/v1/availability/MUG%20BLUE',
    '/v1/streams/MUG/STORE-A/events?limit=0',
    '/v1/streams/MUG/STORE-A/events?limit=1001',
    '/v1/streams/MUG/STORE-A/events?from=-1',
    '/v1/streams/MUG/STORE-A/state?revision=x',
    '/v1/streams/MUG/STORE-A/state?asOfRecorded=yesterday',
  ])('%s is 400', async (path) => {
    expect(await shop.get(path)).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
  });

  it('of nothing that exists is a problem too', async () => {
    expect(await shop.get('/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

it('the process is alive after all of this', async () => {
  expect((await shop.get('/health/ready')).status).toBe(200);
});
