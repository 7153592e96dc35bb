import { COSTING_METHODS } from '../../../domain/master-data/sku.js';
import { type Area, type Example, MIN_POSITION, type Operation } from '../area.js';
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

interface MasterData {
  readonly path: string;
  readonly what: string;
  readonly schema: string;
  readonly description: string;
  readonly example: Example;
  readonly problems: readonly number[];
}

const operations = ({ path, what, schema, description, example, problems }: MasterData): Operation[] => [
  {
    method: 'put',
    path,
    summary: `Say something of ${what}; what is left out stays.`,
    description,
    scope: 'policies:write',
    body: `${schema}Data`,
    example,
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
    ...operations({
      path: '/v1/locations/{id}',
      what: 'a location',
      schema: 'Location',
      description:
        'Optional: a location exists from its first event. Its stock is valued in its currency, which stays once it is ' +
        'known; another one is refused with 409 `currency-adopted`.',
      example: {
        summary: 'A shop in London.',
        path: '/v1/locations/STORE-A',
        body: { timeZone: 'Europe/London', currency: 'GBP', kind: 'store' },
      },
      problems: [409],
    }),
    ...operations({
      path: '/v1/skus/{sku}',
      what: 'a SKU',
      schema: 'Sku',
      description: 'Optional: a SKU exists from its first event.',
      example: {
        summary: 'A mug of class A, counted by the piece.',
        path: '/v1/skus/MUG',
        body: { class: 'A', costing: 'moving-average', unit: 'each' },
      },
      problems: [],
    }),
  ],
  schemas: {
    LocationData: { ...object(locationFields, Object.keys(locationFields)), minProperties: 1 },
    Location: object({ id: location, ...locationFields, position }, Object.keys(locationFields)),
    SkuData: { ...object(skuFields, Object.keys(skuFields)), minProperties: 1 },
    Sku: object({ sku, ...skuFields, position }, Object.keys(skuFields)),
  },
};
