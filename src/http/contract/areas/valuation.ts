import { type Area, MIN_POSITION } from '../area.js';
import { count, currency, freshness, list, location, object, position, ref, sku, text } from '../schema.js';

const layer = object({
  quantity: count('Units of one receipt that are still there.'),
  unitCost: text('Decimal.'),
  value: text('Decimal.'),
  revision: {
    type: ['integer', 'null'],
    description:
      'Of the movement that brought them, in the stock stream; null when that was before any cost was known.',
  },
});

const valued = object(
  {
    sku,
    location,
    quantity: count('Units owned, whatever their disposition.'),
    unitCost: { type: ['string', 'null'], description: 'Decimal; null as long as no cost is known.' },
    value: text('Decimal.'),
    currency: { type: ['string', 'null'], description: 'ISO 4217; null as long as no cost is known.' },
    method: { type: 'string', enum: ['moving-average', 'fifo'] },
    layers: list(layer, 0, 100),
    layerCount: count('Layers in all: the oldest hundred are shown.'),
    position,
    stale: freshness.stale,
  },
  ['layers', 'layerCount', 'position', 'stale'],
);

export const VALUATION: Area = {
  operations: [
    {
      method: 'get',
      path: '/v1/valuation/{sku}/{location}',
      summary: 'Quantity and value of one SKU at one location.',
      scope: 'postings:read',
      query: MIN_POSITION,
      answers: { 200: 'Valuation' },
      problems: [404],
    },
    {
      method: 'get',
      path: '/v1/valuation',
      summary: 'Quantities and values, with totals of all that match.',
      scope: 'postings:read',
      query: {
        location: text('Only this one.'),
        after: text('The next of the page before.'),
        limit: text('1 to 1000, usually 100.'),
        ...MIN_POSITION,
      },
      answers: { 200: 'ValuationPage' },
    },
  ],
  schemas: {
    Valuation: valued,
    ValuationPage: object(
      {
        items: list(ref('Valuation'), 0, 1_000),
        totals: list(object({ currency, value: text('Decimal.') }), 0, 200),
        next: text('Hand it back as after.'),
        position,
        stale: freshness.stale,
      },
      ['next', 'stale'],
    ),
  },
};
