import type { Scope } from '../../ports/access.js';
import { ref, SCHEMAS, type Schema, text } from './schemas.js';

type Method = 'get' | 'post';

interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  /** Open to everybody when absent. */
  readonly scope?: Scope;
  readonly body?: string;
  /** Query parameters by name. */
  readonly query?: Readonly<Record<string, Schema>>;
  /** Schema of each answer that is not a problem. */
  readonly answers: Readonly<Record<number, string | undefined>>;
  readonly problems?: readonly number[];
}

const MIN_POSITION = { minPosition: text('Wait, bounded, until the answer shows this position.') };
const RESERVATION = '/v1/reservations/{id}';
const STREAM = '/v1/streams/{sku}/{location}';

const change = (verb: string, summary: string, body?: string): Operation => ({
  method: 'post',
  path: `${RESERVATION}/${verb}`,
  summary,
  scope: 'reservations:write',
  ...(body === undefined ? {} : { body }),
  answers: { 200: 'Reservation' },
  problems: [404, 409, 422],
});

/** Everything that the service answers; a test holds the controllers to it. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/movements',
    summary: 'Record what happened to stock. A defect of one line rejects that line alone.',
    scope: 'movements:write',
    body: 'MovementBatch',
    answers: { 200: 'MovementResults' },
    problems: [413, 415, 503],
  },
  {
    method: 'post',
    path: '/v1/reservations',
    summary: 'Hold units. The same reference and body get the same answer with 200.',
    scope: 'reservations:write',
    body: 'ReservationRequest',
    answers: { 200: 'Reservation', 201: 'Reservation' },
    problems: [409, 422, 501, 503],
  },
  {
    method: 'get',
    path: RESERVATION,
    summary: 'A reservation as it is now, from its stream.',
    scope: 'availability:read',
    query: MIN_POSITION,
    answers: { 200: 'Reservation' },
    problems: [404],
  },
  change('confirm', 'The hold no longer expires.'),
  change('cancel', 'The units are free again.'),
  change('fulfil', 'The held units, or some of them, are sold.', 'Fulfilment'),
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
  {
    method: 'get',
    path: `${STREAM}/events`,
    summary: 'The history: a page, or all of it with Accept: application/x-ndjson.',
    scope: 'audit:read',
    query: { from: text('First revision.'), limit: text('1 to 1000, usually 100.'), ...MIN_POSITION },
    answers: { 200: 'EventPage' },
    problems: [404],
  },
  {
    method: 'get',
    path: `${STREAM}/state`,
    summary: 'The state as known at a revision or recorded instant, or as it truly was at a business instant.',
    scope: 'audit:read',
    query: {
      revision: text('Up to this event.'),
      asOfRecorded: text('As it was known then.'),
      asOfOccurred: text('As it was then, from all that is known today.'),
      ...MIN_POSITION,
    },
    answers: { 200: 'StockState' },
    problems: [404],
  },
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
  {
    method: 'get',
    path: '/v1/projections',
    summary: 'How far everything that follows the streams is.',
    scope: 'admin',
    answers: { 200: undefined },
  },
  { method: 'get', path: '/health/live', summary: 'The process is alive.', answers: { 200: undefined } },
  {
    method: 'get',
    path: '/health/ready',
    summary: 'The event store answers and the read models have caught up with the head seen at start.',
    answers: { 200: undefined },
    problems: [503],
  },
  { method: 'get', path: '/metrics', summary: 'For Prometheus.', answers: { 200: undefined } },
];

/** The OpenAPI 3.1 document that `/openapi.json` serves. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Stockfold', version: '1', description: 'Event-sourced inventory availability.' },
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe(operation: Operation): object {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
  const answers = Object.entries(operation.answers).map(([status, schema]) => [status, answer('OK', schema)]);
  const always = [400, ...(operation.scope === undefined ? [] : [401, 403])];
  const problems = [...always, ...(operation.problems ?? [])].map((status) => [
    status,
    answer('A problem', 'Problem', 'application/problem+json'),
  ]);
  return {
    summary: operation.summary,
    ...(operation.scope === undefined
      ? {}
      : { security: [{ key: [] }], description: `Needs the scope \`${operation.scope}\`.` }),
    parameters: [...inPath, ...inQuery],
    ...(operation.body === undefined ? {} : { requestBody: { required: true, ...content(operation.body) } }),
    responses: Object.fromEntries([...answers, ...problems]),
  };
}

const answer = (description: string, schema: string | undefined, type?: string): object => ({
  description,
  ...(schema === undefined ? {} : content(schema, type)),
});

const content = (schema: string, type = 'application/json'): object => ({
  content: { [type]: { schema: ref(schema) } },
});
