import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/http/contract/document.js';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const SKU = 'must be a SKU: a letter or digit, then up to 63 of A-Z a-z 0-9 . _ -';
const LOCATION = 'must be a location: a letter or digit, then up to 31 of A-Z a-z 0-9 _ -';
const CLIENT_ID = 'must be 1 to 64 of A-Z a-z 0-9 . _ : -';
const QUANTITY = 'must be a whole number from 1 to 1,000,000,000';
const UNITS = 'must be a whole number from 0 to 1,000,000,000';
const INSTANT = 'must be an RFC 3339 instant with offset, e.g. 2026-11-20T09:30:00+01:00';
const POSITION = 'must be a position that an answer of this service gave';
const TTL = 'must be a whole number from 1 to 2,592,000';
const CONNECTOR = 'must be the name of a connector: up to 32 of a-z 0-9 -';
const CURRENCY = 'must be an ISO 4217 currency code, e.g. GBP';

const cart = (more: object) => ({
  reference: 'order-1',
  ttlSeconds: 60,
  lines: [{ sku: 'MUG', location: 'A', quantity: 1 }],
  ...more,
});
const line = { sku: 'MUG', quantity: 1 };
const transfer = (more: object) => ({ id: 't-1', from: 'A', to: 'B', lines: [line], ...more });
const channels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`c-${n}`, 1]));
const path = (what: string) => `/v1/availability/MUG${what}`;

/** Method, path, body, and all that the answer says is wrong. */
const WRONG: readonly (readonly [
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  detail: string,
])[] = [
  ['POST', '/v1/movements', undefined, 'The body must be an object; it is missing'],
  ['POST', '/v1/movements', [], 'The body must be an object; it is a list of 0'],
  ['POST', '/v1/movements', { movements: 'all' }, 'movements must be a list of 1 to 1,000; it is "all"'],
  [
    'POST',
    '/v1/movements',
    { movements: Array(1_001).fill(1) },
    'movements must be a list of 1 to 1,000; it is a list of 1001',
  ],
  ['POST', '/v1/reservations', cart({ reference: 'order 1' }), `reference ${CLIENT_ID}; it is "order 1"`],
  [
    'POST',
    '/v1/reservations',
    cart({ ttlSeconds: 0.5, partial: 1 }),
    `ttlSeconds ${TTL}; it is 0.5; partial must be true or false; it is 1`,
  ],
  [
    'POST',
    '/v1/reservations',
    cart({ lines: [{ ...line, location: 'A' }, line] }),
    'lines[1] must name one of location, locations and group; it names none',
  ],
  [
    'POST',
    '/v1/reservations',
    cart({ lines: [{ ...line, location: 'A', group: 'G' }] }),
    'lines[0] must name one of location, locations and group; it names location and group',
  ],
  [
    'POST',
    '/v1/reservations',
    cart({ lines: [{ ...line, locations: ['A', 'B C'] }] }),
    `lines[0].locations ${LOCATION}; item 1 is "B C"`,
  ],
  ['POST', '/v1/reservations', cart({ lines: [7] }), 'lines[0] must be an object; it is 7'],
  ['GET', '/v1/reservations?reference=a%20b', undefined, `reference ${CLIENT_ID}; it is "a b"`],
  ['GET', '/v1/reservations', undefined, `reference ${CLIENT_ID}; it is missing`],
  ['GET', '/v1/reservations/x?minPosition=7', undefined, `minPosition ${POSITION}; it is "7"`],
  ['POST', '/v1/reservations/x/confirm', { id: '' }, `id ${CLIENT_ID}; it is ""`],
  ['POST', '/v1/reservations/x/cancel', { why: 1 }, 'why is not a known field; known are id'],
  ['POST', '/v1/reservations/x/extend', { id: 'e', ttlSeconds: '60' }, `ttlSeconds ${TTL}; it is "60"`],
  [
    'POST',
    '/v1/reservations/x/fulfil',
    { id: 'f', lines: [{ sku: 'MUG', quantity: null }] },
    `lines[0].quantity ${QUANTITY}; it is null`,
  ],
  [
    'POST',
    '/v1/reservations/x/move',
    { id: 'm', line: -1, to: 'A' },
    'line must be a whole number from 0 to 9,999; it is -1',
  ],
  ['POST', '/v1/reservations/x/refuse', { id: 'r', location: {} }, `location ${LOCATION}; it is an object`],
  ['POST', '/v1/transfers', transfer({ to: 'A' }), 'to must differ from from; it is "A"'],
  ['POST', '/v1/transfers', transfer({ dueAt: 'soon' }), `dueAt ${INSTANT}; it is "soon"`],
  [
    'POST',
    '/v1/transfers',
    transfer({ lines: Array(2).fill({ ...line, quantity: 1_000_000_000 }) }),
    'lines must not hold more than 1000000000 of MUG together; it is 2000000000',
  ],
  ['POST', '/v1/transfers/x/receipts', { id: 'r' }, 'lines must be a list of 1 to 100; it is missing'],
  [
    'POST',
    '/v1/transfers/x/receipts',
    { id: 'r', lines: [{ ...line, disposition: 'lost' }] },
    'lines[0].disposition must be one of sellable, quarantine, damaged; it is "lost"',
  ],
  ['GET', '/v1/transfers/a%20b', undefined, `id ${CLIENT_ID}; it is "a b"`],
  [
    'PUT',
    '/v1/supplies/MUG/A/s',
    { quantity: 0, dueAt: '2026-02-30T10:00:00Z' },
    `quantity ${QUANTITY}; it is 0; dueAt ${INSTANT}; it is "2026-02-30T10:00:00Z"`,
  ],
  ['GET', '/v1/supplies/MUG/A/a%20b', undefined, `id ${CLIENT_ID}; it is "a b"`],
  ['DELETE', '/v1/supplies/M%20G/A/s', undefined, `sku ${SKU}; it is "M G"`],
  ['PUT', '/v1/fulfilment-groups/north', { locations: ['A', 'B', 'A'] }, 'locations[2] must be named once; it is "A"'],
  ['PUT', '/v1/fulfilment-groups/a%20b', { locations: ['A'] }, `id ${CLIENT_ID}; it is "a b"`],
  [
    'GET',
    `/v1/fulfilment-groups/${'x'.repeat(70)}`,
    undefined,
    `id ${CLIENT_ID}; it is "${'x'.repeat(40)}", and so on`,
  ],
  ['GET', path('?locations='), undefined, `locations ${LOCATION}; item 0 is ""`],
  [
    'GET',
    path('?date=tomorrow'),
    undefined,
    'date must be a day, e.g. 2026-11-20, or an RFC 3339 instant with offset; it is "tomorrow"',
  ],
  [
    'GET',
    path('?date=2020-01-01'),
    undefined,
    'date must not lie in the past, nor more than 365 days ahead; it is "2020-01-01"',
  ],
  [
    'GET',
    path('?location=A'),
    undefined,
    'location is not a known field; known are sku, date, minPosition, locations, group, channel',
  ],
  ['POST', '/v1/availability', { skus: ['MUG', 'J G'] }, `skus ${SKU}; item 1 is "J G"`],
  ['POST', '/v1/availability', { skus: ['MUG'], date: 5 }, 'date must be a text of up to 64 characters; it is 5'],
  ['GET', path('/schedule?days=366'), undefined, 'days must be from 1 to 365; it is "366"'],
  [
    'GET',
    path('/schedule?days=many&detail=1'),
    undefined,
    'days must be a whole number of 0 or more; it is "many"; detail must be one of true, false; it is "1"',
  ],
  ['GET', path('/A/explain?limit=0'), undefined, 'limit must be from 1 to 1000; it is "0"'],
  [
    'GET',
    path('/feed?types=gossip').replace('/MUG', ''),
    undefined,
    'types must be of availability-changed, low-stock, back-in-stock, oversold, late-movement; item 0 is "gossip"',
  ],
  [
    'GET',
    path('/feed?after=here').replace('/MUG', ''),
    undefined,
    'after must be an id of this feed or a position that an answer of this service gave; it is "here"',
  ],
  [
    'GET',
    path('/feed?after=pzzzzzz').replace('/MUG', ''),
    undefined,
    'Last-Event-ID or after must be a place that this feed has reached; it is "pzzzzzz"',
  ],
  [
    'PUT',
    '/v1/policies/MUG/A',
    {},
    'The body must say at least one of safetyStock, protections and lowStockThreshold; it is empty',
  ],
  ['PUT', '/v1/policies/MUG/A', { safetyStock: -1 }, `safetyStock ${UNITS}; it is -1`],
  [
    'PUT',
    '/v1/policies/MUG/A',
    { protections: [1] },
    'protections must be an object of channels and the units kept for each; it is a list of 1',
  ],
  [
    'PUT',
    '/v1/policies/MUG/A',
    { protections: { web: '1', 'the app': 2 } },
    `protections.web ${UNITS}; it is "1"; protections must name channels by 1 to 64 of A-Z a-z 0-9 . _ : -; it names "the app"`,
  ],
  [
    'PUT',
    '/v1/policies/MUG/A',
    { protections: channels(101) },
    'protections must name up to 100 channels; it names 101',
  ],
  ['GET', '/v1/policies/MUG/A?minPosition=', undefined, `minPosition ${POSITION}; it is ""`],
  ['PUT', '/v1/locations/A', { currency: 'XXZ' }, `currency ${CURRENCY}; it is "XXZ"`],
  [
    'PUT',
    '/v1/locations/A',
    { timeZone: '+01:00' },
    'timeZone must be a time zone of the IANA database, e.g. Europe/London; it is "+01:00"',
  ],
  ['GET', '/v1/locations/A%20B', undefined, `id ${LOCATION}; it is "A B"`],
  ['PUT', '/v1/skus/MUG', { costing: 'lifo' }, 'costing must be one of moving-average, fifo; it is "lifo"'],
  ['PUT', '/v1/skus/MUG', {}, 'The body must say at least one of class, costing and unit; it is empty'],
  ['GET', '/v1/skus/M%20G', undefined, `sku ${SKU}; it is "M G"`],
  ['GET', '/v1/streams/MUG/A/events?limit=1001', undefined, 'limit must be from 1 to 1000; it is "1001"'],
  [
    'GET',
    '/v1/streams/MUG/A/state?revision=1&asOfRecorded=2026-11-20T10:00:00Z',
    undefined,
    'The query must name one of revision, asOfRecorded and asOfOccurred; it names revision and asOfRecorded',
  ],
  ['GET', '/v1/valuation/MUG/A%20B', undefined, `location ${LOCATION}; it is "A B"`],
  ['GET', '/v1/valuation?after=there', undefined, 'after must be the next that an answer gave; it is "there"'],
  ['GET', '/v1/postings?after=there', undefined, 'after must be the next that an answer gave; it is "there"'],
  [
    'GET',
    '/v1/postings/feed?after=here',
    undefined,
    'after must be an id of this feed or a position that an answer of this service gave; it is "here"',
  ],
  ['GET', '/v1/postings/r-1?connector=A', undefined, `connector ${CONNECTOR}; it is "A"`],
  ['POST', '/v1/postings/r-1/retry', { comment: 1 }, 'comment must be a text of up to 1000 characters; it is 1'],
  [
    'POST',
    '/v1/postings/r-1/resolve',
    { decision: 'forget', comment: 'x' },
    'decision must be one of retry, redate, write-off; it is "forget"',
  ],
  [
    'POST',
    '/v1/postings/decisions',
    { id: 'close', connector: 'journal', filter: { period: '2026-13' }, decision: 'retry', comment: 'x' },
    'period must be a month, e.g. 2026-03; it is "2026-13"',
  ],
  [
    'POST',
    '/v1/postings/decisions/close/approve',
    { comment: 1 },
    'comment must be a text of up to 1000 characters; it is 1',
  ],
  [
    'POST',
    '/v1/postings/decisions/close/end',
    { comment: 1 },
    'comment must be a text of up to 1000 characters; it is 1',
  ],
  ['POST', '/v1/replays', { connector: 'abacus', dryRun: true }, 'connector must be one of journal; it is "abacus"'],
];

const ask = (method: (typeof WRONG)[number][0], to: string, body: unknown) => {
  switch (method) {
    case 'GET':
      return shop.get(to);
    case 'DELETE':
      return shop.delete(to);
    case 'PUT':
      return shop.put(to, body);
    case 'POST':
      return body === undefined ? shop.postText(to, '') : shop.post(to, body);
  }
};

describe('a request that is wrong hears which field, what it must be and what it is', () => {
  it.each(WRONG)('%s %s %j', async (method, to, body, detail) => {
    const answer = await ask(method, to, body);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe(detail);
  });

  it('so of every operation that can be asked wrongly', () => {
    /** Nothing of these can be wrong: what they name is there or it is not. */
    const always = [
      '/v1/projections',
      '/v1/projections/{name}/rebuild',
      '/v1/replays/{id}',
      '/v1/postings/decisions/{id}',
      '/v1/postings/summaries/{ref}',
      '/v1/reconciliation',
      '/health/live',
      '/health/ready',
      '/metrics',
    ];
    const operations = OPERATIONS.filter((operation) => !always.includes(operation.path));
    const tried = operations.filter(({ method, path: template }) => {
      const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`);
      return WRONG.some(([verb, to]) => verb === method.toUpperCase() && pattern.test(to.split('?')[0] ?? ''));
    });
    expect(tried.map(({ method, path: template }) => `${method} ${template}`)).toEqual(
      operations.map(({ method, path: template }) => `${method} ${template}`),
    );
  });
});
