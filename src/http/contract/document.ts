import type { Area, Operation } from './area.js';
import { AVAILABILITY } from './areas/availability.js';
import { FEED } from './areas/feed.js';
import { FULFILMENT_GROUPS } from './areas/fulfilment-groups.js';
import { MASTER_DATA } from './areas/master-data.js';
import { MOVEMENTS } from './areas/movements.js';
import { OPERATIONS as OPERATIONS_AREA } from './areas/operations.js';
import { POLICIES } from './areas/policies.js';
import { RESERVATIONS } from './areas/reservations.js';
import { STREAMS } from './areas/streams.js';
import { SUPPLIES } from './areas/supplies.js';
import { TRANSFERS } from './areas/transfers.js';
import { VALUATION } from './areas/valuation.js';
import { ref } from './schema.js';

const AREAS: readonly Area[] = [
  MOVEMENTS,
  RESERVATIONS,
  TRANSFERS,
  SUPPLIES,
  FULFILMENT_GROUPS,
  AVAILABILITY,
  POLICIES,
  MASTER_DATA,
  FEED,
  STREAMS,
  VALUATION,
  OPERATIONS_AREA,
];

/** Everything that the service answers; a test holds the controllers to it. */
export const OPERATIONS: readonly Operation[] = AREAS.flatMap(({ operations }) => operations);

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
      schemas: Object.assign({}, ...AREAS.map(({ schemas }) => schemas)),
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
  const takesBody = operation.method === 'post' || operation.method === 'put';
  const always = [400, ...(operation.scope === undefined ? [] : [401, 403]), ...(takesBody ? [413, 415] : [])];
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
