import { ADJUSTMENT_REASONS } from '../../../domain/stock/events.js';
import { MAX_QUANTITY } from '../../../domain/values/quantity.js';
import type { Area } from '../area.js';
import {
  clientId,
  count,
  currency,
  disposition,
  instant,
  list,
  location,
  object,
  position,
  quantity,
  ref,
  type Schema,
  sku,
  text,
  whole,
} from '../schema.js';

/** One kind of movement: what all have, and its own fields. */
function movement(type: string, fields: Record<string, Schema>, optional: readonly string[] = []): Schema {
  const common = { id: clientId, type: { const: type }, sku, location, occurredAt: instant, reference: clientId };
  return object({ ...common, ...fields }, ['reference', ...optional]);
}

const KINDS: Readonly<Record<string, Schema>> = {
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
    reference: {
      ...clientId,
      description:
        'The id of a receipt; or a reference or purchase order, whose receipts share the amount by their units. The newest receipt where it is none of these.',
    },
    amount: text('Signed decimal.', { examples: ['-12.34'] }),
    currency,
    reason: text('Why.', { maxLength: 200 }),
  }),
};

/** The reservations that an oversold shelf can no longer serve. */
export const AT_RISK: Schema = {
  type: 'array',
  description: 'The reservations whose units are gone, the one to give up first at the front; of many the first.',
  items: object({ reference: text('As the caller named it.'), reservationId: text('Opaque.') }),
};

const EXCEPTION = object({ code: { enum: ['oversold', 'late', 'hold-missing'] }, atRisk: AT_RISK }, ['atRisk']);

export const MOVEMENTS: Area = {
  operations: [
    {
      method: 'post',
      path: '/v1/movements',
      summary: 'Record what happened to stock. A defect of one line rejects that line alone.',
      scope: 'movements:write',
      body: 'MovementBatch',
      answers: { 200: 'MovementResults' },
      problems: [503],
    },
  ],
  schemas: {
    ...KINDS,
    Movement: { oneOf: Object.keys(KINDS).map(ref), discriminator: { propertyName: 'type' } },
    MovementBatch: object({ movements: list(ref('Movement'), 1, 1_000) }),
    MovementResults: object({
      results: list(
        object(
          {
            id: { type: ['string', 'null'] },
            status: { enum: ['accepted', 'duplicate', 'rejected'] },
            revision: count('Of the event in its stream.'),
            exceptions: list(EXCEPTION, 1, 3),
            problem: ref('Problem'),
          },
          ['revision', 'exceptions', 'problem'],
        ),
        1,
        1_000,
      ),
      position,
    }),
  },
};
