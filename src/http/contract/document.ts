import type { Area, Example, Operation } from './area.js';
import { AVAILABILITY } from './areas/availability.js';
import { FEED } from './areas/feed.js';
import { FULFILMENT_GROUPS } from './areas/fulfilment-groups.js';
import { MASTER_DATA } from './areas/master-data.js';
import { MOVEMENTS } from './areas/movements.js';
import { OPERATIONS as OPERATIONS_AREA } from './areas/operations.js';
import { POLICIES } from './areas/policies.js';
import { POSTINGS } from './areas/postings.js';
import { POSTINGS_DECISIONS } from './areas/postings-decisions.js';
import { POSTINGS_REPLAYS } from './areas/postings-replays.js';
import { RECONCILIATION } from './areas/reconciliation.js';
import { RESERVATIONS } from './areas/reservations.js';
import { STREAMS } from './areas/streams.js';
import { SUPPLIES } from './areas/supplies.js';
import { TRANSFERS } from './areas/transfers.js';
import { VALUATION } from './areas/valuation.js';
import { ERP_ENDPOINT, ERP_ENDPOINT_SCHEMAS } from './erp-endpoint.js';
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
  POSTINGS,
  POSTINGS_DECISIONS,
  POSTINGS_REPLAYS,
  RECONCILIATION,
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
    webhooks: ERP_ENDPOINT,
    components: {
      schemas: Object.assign({}, ...AREAS.map(({ schemas }) => schemas), ERP_ENDPOINT_SCHEMAS),
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe(operation: Operation): object {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...exampleOf(operation, name),
  }));
  const inQuery = Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
  const answers = Object.entries(operation.answers).map(([status, schema]) => [
    status,
    answerOf(operation, status, schema),
  ]);
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
      : { security: [{ key: [] }], description: described(operation.scope, operation.description) }),
    parameters: [...inPath, ...inQuery],
    ...(operation.body === undefined
      ? {}
      : { requestBody: { required: true, ...requestContent(operation.body, operation) } }),
    responses: Object.fromEntries([...answers, ...problems]),
  };
}

const described = (scope: string, more: string | undefined): string =>
  `${more === undefined ? '' : `${more}\n\n`}Needs the scope \`${scope}\`.`;

/** What a parameter of the path is in the operation's example. */
function exampleOf({ path, example }: Operation, name: string): object {
  const at = path.split('/').indexOf(`{${name}}`);
  return example === undefined ? {} : { example: example.path.split('/')[at] };
}

function requestContent(schema: string, { method, example }: Operation): object {
  if (example === undefined) return content(schema);
  const { summary, body } = example;
  const description = `\`\`\`sh\n${curl(method, example)}\n\`\`\``;
  const examples = { curl: { summary, description, value: body } };
  return { content: { 'application/json': { schema: ref(schema), examples } } };
}

/** For a shell where KEY is a key and ADDRESS is set, unless the service listens where it does by default. */
const curl = (method: string, { path, body }: Example): string =>
  [
    `curl -X ${method.toUpperCase()} "\${ADDRESS:-http://127.0.0.1:3000}${path}"`,
    `  -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json'`,
    `  -d '${JSON.stringify(body)}'`,
  ].join(' \\\n');

function answerOf({ alsoAs = {} }: Operation, status: string, schema: string | undefined): object {
  if (status !== '200' || schema === undefined) return answer('OK', schema);
  const others = Object.entries(alsoAs).map(([type, description]) => [
    type,
    { schema: { type: 'string', description } },
  ]);
  return { description: 'OK', content: { 'application/json': { schema: ref(schema) }, ...Object.fromEntries(others) } };
}

const answer = (description: string, schema: string | undefined, type?: string): object => ({
  description,
  ...(schema === undefined ? {} : content(schema, type)),
});

const content = (schema: string, type = 'application/json'): object => ({
  content: { [type]: { schema: ref(schema) } },
});
