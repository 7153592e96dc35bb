import { type Area, MIN_POSITION } from '../area.js';
import { clientId, count, freshness, list, location, object, ref, sku, text } from '../schema.js';

export const CELL = object({
  location,
  available: count('What may be promised, never below 0.'),
  onHand: count('Sellable units; below 0 when more was sold than was there.'),
  reserved: count('Units of holds that live.'),
  safetyStock: count('Units that are never promised.'),
  protected: count('Units kept for other channels.'),
  quarantine: count('Units that await a decision.'),
  damaged: count('Units that cannot be sold.'),
  inbound: count('Units on their way.'),
  revision: count('Newest event of the stream that is in these numbers.'),
});

const skuItem = object(
  { sku, available: count('The sum over the locations.'), locations: list(ref('Cell'), 0, 1_000) },
  ['locations'],
);

export const AVAILABILITY: Area = {
  operations: [
    {
      method: 'get',
      path: '/v1/availability/{sku}',
      summary: 'What may be promised of one SKU.',
      scope: 'availability:read',
      query: { locations: text('Comma between them.'), channel: text('The channel that asks.'), ...MIN_POSITION },
      answers: { 200: 'SkuAvailability' },
      problems: [404, 503],
    },
    {
      method: 'post',
      path: '/v1/availability',
      summary: 'What may be promised of many SKUs.',
      scope: 'availability:read',
      body: 'AvailabilityRequest',
      query: MIN_POSITION,
      answers: { 200: 'Availability' },
      problems: [503],
    },
  ],
  schemas: {
    Cell: CELL,
    SkuAvailability: object(
      { sku, available: count('The sum over the locations.'), locations: list(ref('Cell'), 0, 1_000), ...freshness },
      ['stale'],
    ),
    AvailabilityRequest: object(
      { skus: list(sku, 1, 1_000), locations: list(location, 1, 100), channel: clientId, detail: { type: 'boolean' } },
      ['locations', 'channel', 'detail'],
    ),
    Availability: object({ items: list(skuItem, 0, 1_000), unknown: list(sku, 0, 1_000), ...freshness }, ['stale']),
  },
};
