import { ADJUSTMENT_REASONS, DISPOSITIONS } from '../../domain/stock/events.js';
import { MAX_QUANTITY } from '../../domain/values/quantity.js';

/** A JSON schema, as far as this contract uses it. */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
export const whole = (description: string, minimum: number, maximum: number): Schema => ({
  type: 'integer',
  description,
  minimum,
  maximum,
});
export const list = (items: Schema, minItems: number, maxItems: number): Schema => ({
  type: 'array',
  items,
  minItems,
  maxItems,
});
export const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

const count = (description: string): Schema => ({ type: 'integer', description });
const sku = text('A stock keeping unit.', { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const location = text('A store, warehouse or other place.', { pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$' });
const clientId = text('An id made by the client, its idempotency key.', { pattern: '^[A-Za-z0-9._:-]{1,64}$' });
const instant = text('RFC 3339 with offset.', { format: 'date-time' });
const quantity = whole("Units of the SKU's base unit.", 1, MAX_QUANTITY);
const currency = text('ISO 4217.', { pattern: '^[A-Z]{3}$' });
const disposition = text('What may be done with the units.', { enum: DISPOSITIONS });
const position = text('Opaque; hand it to a read as minPosition to see what was written.');

/** One kind of movement: what all have, and its own fields. */
function movement(type: string, fields: Record<string, Schema>, optional: readonly string[] = []): Schema {
  const common = { id: clientId, type: { const: type }, sku, location, occurredAt: instant, reference: clientId };
  return object({ ...common, ...fields }, ['reference', ...optional]);
}

const MOVEMENTS: Readonly<Record<string, Schema>> = {
  Receipt: movement(
    'receipt',
    {
      quantity,
      unitCost: text('Decimal, up to 6 places.', { examples: ['2.50'] }),
      currency,
      supplyId: clientId,
      purchaseOrder: clientId,
    },
    ['supplyId', 'purchaseOrder'],
  ),
  Sale: movement('sale', { quantity, reservationId: text('The reservation whose hold it consumes.') }, [
    'reservationId',
  ]),
  Return: movement('return', { quantity, disposition, originalSale: clientId }, ['originalSale']),
  Adjustment: movement('adjustment', {
    quantity: whole('Signed, not 0.', -MAX_QUANTITY, MAX_QUANTITY),
    reason: text('Why.', { enum: ADJUSTMENT_REASONS }),
  }),
  Count: movement('count', { counted: whole('Units found.', 0, MAX_QUANTITY), disposition }, ['disposition']),
  Disposition: movement('disposition', { quantity, from: disposition, to: disposition }),
  CostRevision: movement('cost-revision', {
    amount: text('Signed decimal.', { examples: ['-12.34'] }),
    currency,
    reason: text('Why.', { maxLength: 200 }),
  }),
};

const CELL = object({
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

const freshness = {
  position,
  ageMs: count('How old the answer may be, in milliseconds.'),
  source: text('Where it comes from, e.g. memory or redis.'),
  stale: { type: 'boolean', description: 'True when minPosition was not reached in time.' },
};

const skuItem = object(
  { sku, available: count('The sum over the locations.'), locations: list(ref('Cell'), 0, 1_000) },
  ['locations'],
);

const valued = object(
  {
    sku,
    location,
    quantity: count('Units owned, whatever their disposition.'),
    unitCost: { type: ['string', 'null'], description: 'Decimal; null as long as no cost is known.' },
    value: text('Decimal.'),
    currency: { type: ['string', 'null'], description: 'ISO 4217; null as long as no cost is known.' },
    method: text('moving-average'),
    position,
    stale: freshness.stale,
  },
  ['position', 'stale'],
);

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...MOVEMENTS,
  Movement: { oneOf: Object.keys(MOVEMENTS).map(ref), discriminator: { propertyName: 'type' } },
  MovementBatch: object({ movements: list(ref('Movement'), 1, 1_000) }),
  MovementResults: object({
    results: list(
      object(
        {
          id: { type: ['string', 'null'] },
          status: { enum: ['accepted', 'duplicate', 'rejected'] },
          revision: count('Of the event in its stream.'),
          exceptions: list(object({ code: { enum: ['oversold', 'late', 'hold-missing'] } }), 1, 3),
          problem: ref('Problem'),
        },
        ['revision', 'exceptions', 'problem'],
      ),
      1,
      1_000,
    ),
    position,
  }),
  ReservationRequest: object(
    {
      reference: clientId,
      lines: list(object({ sku, quantity, location }), 1, 1),
      channel: clientId,
      ttlSeconds: whole('How long it holds.', 1, 2_592_000),
      neededBy: instant,
    },
    ['channel', 'neededBy'],
  ),
  Reservation: object({
    id: text('Opaque.'),
    reference: clientId,
    status: { enum: ['held', 'confirmed', 'partly-fulfilled', 'fulfilled', 'cancelled', 'expired'] },
    expiresAt: instant,
    lines: list(object({ sku, location, quantity }), 1, 100),
    position,
  }),
  Fulfilment: object({ id: clientId, lines: list(object({ sku, location, quantity }, ['location']), 1, 100) }, [
    'lines',
  ]),
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
  Event: object({
    revision: count('Counts from 0 within the stream.'),
    type: text('E.g. Received, Sold, Reserved.'),
    id: text('Uuid; a posting that comes from it has it as ref.'),
    occurredAt: instant,
    recordedAt: instant,
    data: { type: 'object' },
    metadata: { type: 'object' },
  }),
  EventPage: object({ events: list(ref('Event'), 0, 1_000), next: count('Revision to go on from.'), position }, [
    'next',
  ]),
  StockState: {
    allOf: [CELL],
    description: 'The cell as of then, with when its newest event was recorded, and its valuation.',
  },
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
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code'],
    properties: {
      type: text('A urn of the code.'),
      title: text('The status in words.'),
      status: count('The HTTP status.'),
      detail: text('What is wrong, and what to do.'),
      code: text('Stable, for programs.'),
    },
  },
};
