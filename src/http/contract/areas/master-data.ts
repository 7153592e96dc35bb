import { COSTING_METHODS } from '../../../domain/master-data/sku.js';
import { type Area, MIN_POSITION, type Operation } from '../area.js';
import { clientId, currency, location, object, position, sku, text } from '../schema.js';

const locationFields = {
  timeZone: text('A zone of the IANA database, e.g. Europe/London.'),
  currency: { ...currency, description: 'ISO 4217. Once it is known, here or from a first cost, it stays.' },
  kind: { ...clientId, description: 'E.g. store or warehouse.' },
};
const skuFields = {
  class: { ...clientId, description: 'E.g. A, B or C.' },
  costing: { enum: COSTING_METHODS, description: 'How what leaves is valued.' },
  unit: { ...clientId, description: 'What one of it is, e.g. each or kg.' },
};

const operations = (path: string, what: string, schema: string, problems: readonly number[]): Operation[] => [
  {
    method: 'put',
    path,
    summary: `Say something of ${what}; what is left out stays.`,
    scope: 'policies:write',
    body: `${schema}Data`,
    answers: { 200: schema },
    problems: [...problems, 503],
  },
  {
    method: 'get',
    path,
    summary: `What was said of ${what}.`,
    scope: 'policies:write',
    query: MIN_POSITION,
    answers: { 200: schema },
    problems: [404, 503],
  },
];

export const MASTER_DATA: Area = {
  operations: [
    ...operations('/v1/locations/{id}', 'a location', 'Location', [409]),
    ...operations('/v1/skus/{sku}', 'a SKU', 'Sku', []),
  ],
  schemas: {
    LocationData: { ...object(locationFields, Object.keys(locationFields)), minProperties: 1 },
    Location: object({ id: location, ...locationFields, position }, Object.keys(locationFields)),
    SkuData: { ...object(skuFields, Object.keys(skuFields)), minProperties: 1 },
    Sku: object({ sku, ...skuFields, position }, Object.keys(skuFields)),
  },
};
