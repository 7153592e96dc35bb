import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

const QUANTITY = 'must be a whole number from 1 to 1,000,000,000';
const UNITS = 'must be a whole number from 0 to 1,000,000,000';
const CURRENCY = 'must be an ISO 4217 currency code, e.g. GBP';

describe('a movement that is wrong hears the same, beside its problem', () => {
  const movement = (more: object) => ({
    ...{ id: 'm-1', type: 'sale', sku: 'MUG', location: 'A', occurredAt: '2026-11-20T10:00:00Z', quantity: 1 },
    ...more,
  });
  const receipt = (more: object) => movement({ type: 'receipt', unitCost: '1.00', currency: 'GBP', ...more });

  it.each([
    [receipt({ currency: 'XXZ' }), `currency ${CURRENCY}; it is "XXZ"`],
    [receipt({ currency: 'currency ' }), `currency ${CURRENCY}; it is "currency "`],
    [
      receipt({ unitCost: 2.5 }),
      'unitCost must be a decimal text of 0 or more with up to 6 places, e.g. "2.50"; it is 2.5',
    ],
    [movement({ quantity: -0 }), `quantity ${QUANTITY}; it is 0`],
    [
      movement({ type: 'gift' }),
      'type must be one of receipt, sale, return, adjustment, count, disposition, cost-revision; it is "gift"',
    ],
    [
      movement({ colour: 'blue' }),
      'colour is not a known field; known are quantity, reservationId, id, type, sku, location, occurredAt, reference',
    ],
    [
      movement({ reservationId: 'x'.repeat(257) }),
      `reservationId must be a text of up to 256 characters; it is "${'x'.repeat(40)}", and so on`,
    ],
    [movement({ type: 'count', quantity: undefined, counted: '3' }), `counted ${UNITS}; it is "3"`],
    [movement({ type: 'disposition', from: 'damaged', to: 'damaged' }), 'to must differ from from; it is "damaged"'],
    [
      movement({ type: 'cost-revision', quantity: undefined, amount: '1.234', currency: 'GBP', reason: 'x' }),
      'amount must be an amount that GBP can express; it is "1.234"',
    ],
    [5, 'The movement must be an object; it is 5'],
  ])('%j', async (sent, detail) => {
    const { body } = await shop.post('/v1/movements', { movements: [sent] });
    expect(body.results[0].problem).toMatchObject({ status: 400, code: 'invalid-body', detail });
  });
});

describe('a body that is no JSON of ours', () => {
  it.each([
    [
      '{"movements":[{"id":"a", "id" : "b"}]}',
      'The key "id" stands twice in one object, and may stand once; nothing was stored.',
    ],
    [
      '{"a":{"b":"b:"},"\\u0061":[{"b":1}]}',
      'The key "a" stands twice in one object, and may stand once; nothing was stored.',
    ],
    ['{"constructor":1}', 'The key constructor is not allowed.'],
    ['[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]', 'The body is nested deeper than 16 levels.'],
    ['{"movements":', 'The body is not JSON: Unexpected end of JSON input'],
  ])('%s', async (text, detail) => {
    expect((await shop.postText('/v1/movements', text)).body.detail).toBe(detail);
  });
});
