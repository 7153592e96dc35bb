import { MAX_PROTECTED_CHANNELS } from '../../../domain/stock/decide-change.js';
import { MAX_QUANTITY } from '../../../domain/values/quantity.js';
import { type Area, MIN_POSITION } from '../area.js';
import { location, object, position, sku, whole } from '../schema.js';

const POLICY = '/v1/policies/{sku}/{location}';

const rules = {
  safetyStock: whole('Units that are never promised.', 0, MAX_QUANTITY),
  protections: {
    type: 'object',
    description: 'Units kept for each channel: they are not promised to others.',
    maxProperties: MAX_PROTECTED_CHANNELS,
    propertyNames: { pattern: '^[A-Za-z0-9._:-]{1,64}$' },
    additionalProperties: whole('0 keeps none.', 0, MAX_QUANTITY),
  },
  lowStockThreshold: whole('Stock counts as low at or below it; 0 turns that off.', 0, MAX_QUANTITY),
};

export const POLICIES: Area = {
  operations: [
    {
      method: 'put',
      path: POLICY,
      summary: 'Set what may not be promised. What is left out stays, 0 takes a rule away.',
      description:
        `Up to ${MAX_PROTECTED_CHANNELS} channels may have units kept for them at one location, those of earlier calls ` +
        'counted. What a channel holds already counts towards what is kept for it.',
      scope: 'policies:write',
      body: 'PolicyChange',
      example: {
        summary: 'Never promise the last two; keep ten for the web shop; warn at five.',
        path: '/v1/policies/MUG/STORE-A',
        body: { safetyStock: 2, protections: { web: 10 }, lowStockThreshold: 5 },
      },
      answers: { 200: 'Policy' },
      problems: [503],
    },
    {
      method: 'get',
      path: POLICY,
      summary: 'What may not be promised, as it is now.',
      scope: 'availability:read',
      query: MIN_POSITION,
      answers: { 200: 'Policy' },
      problems: [404, 503],
    },
  ],
  schemas: {
    PolicyChange: { ...object(rules, Object.keys(rules)), minProperties: 1 },
    Policy: object({ sku, location, ...rules, position }),
  },
};
