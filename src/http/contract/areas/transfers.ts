import { type Area, MIN_POSITION } from '../area.js';
import { clientId, count, disposition, instant, list, location, object, position, quantity, sku } from '../schema.js';

const TRANSFERS_PATH = '/v1/transfers';
const TRANSFER = `${TRANSFERS_PATH}/{id}`;

export const TRANSFERS: Area = {
  operations: [
    {
      method: 'post',
      path: TRANSFERS_PATH,
      summary: 'Send goods to another location. The same id and body get the same transfer with 200.',
      description:
        'The goods leave `from` at once and are expected at `to`, for `dueAt` when it is said. More than there is may be ' +
        'sent: that is a fact too, and its line says `oversold`. The right to write at `from` is needed.',
      scope: 'movements:write',
      body: 'TransferRequest',
      example: {
        summary: 'Twelve mugs go to another store.',
        path: TRANSFERS_PATH,
        body: { id: 'transfer-7', from: 'STORE-A', to: 'STORE-B', lines: [{ sku: 'MUG', quantity: 12 }] },
      },
      answers: { 200: 'Transfer', 201: 'Transfer' },
      problems: [422, 503],
    },
    {
      method: 'post',
      path: `${TRANSFER}/receipts`,
      summary: 'Goods of a transfer came, whether they were sent or not; close when nothing more will come.',
      description:
        'Any number of receipts, each under an id of its own. What is open at the close is a shortage; what came beyond ' +
        'what was sent is a discrepancy of its line. The right to write at the destination is needed.',
      scope: 'movements:write',
      body: 'TransferReceipt',
      example: {
        summary: 'Ten came, one of them broken, and no more will.',
        path: `${TRANSFERS_PATH}/transfer-7/receipts`,
        body: {
          id: 'receipt-1',
          lines: [
            { sku: 'MUG', quantity: 9 },
            { sku: 'MUG', quantity: 1, disposition: 'damaged' },
          ],
          close: true,
        },
      },
      answers: { 200: 'Transfer' },
      problems: [404, 422, 503],
    },
    {
      method: 'get',
      path: TRANSFER,
      summary: 'A transfer as it is now, from its stream.',
      scope: 'availability:read',
      query: MIN_POSITION,
      answers: { 200: 'Transfer' },
      problems: [404],
    },
  ],
  schemas: {
    TransferRequest: object(
      { id: clientId, from: location, to: location, lines: list(object({ sku, quantity }), 1, 100), dueAt: instant },
      ['dueAt'],
    ),
    TransferReceipt: object(
      {
        id: clientId,
        lines: list(object({ sku, quantity, disposition }, ['disposition']), 1, 100),
        close: { type: 'boolean', description: 'Nothing more will come: what is open is a shortage.' },
      },
      ['lines', 'close'],
    ),
    Transfer: object(
      {
        id: clientId,
        status: { enum: ['in-transit', 'received', 'closed'] },
        from: location,
        to: location,
        lines: {
          type: 'array',
          items: object(
            {
              sku,
              quantity: count('Units sent; 0 for a SKU that came without having been sent.'),
              received: count('Units that came.'),
              open: count('Units still expected; none after the close.'),
              discrepancy: count('Units that came beyond what was sent; below 0, those missing at the close.'),
              exceptions: list(object({ code: { enum: ['oversold', 'late'] } }), 1, 2),
            },
            ['discrepancy', 'exceptions'],
          ),
        },
        dueAt: instant,
        position,
      },
      ['dueAt'],
    ),
  },
};
