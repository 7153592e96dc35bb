import type { Area } from '../area.js';
import { count, instant, list, object, position, ref, type Schema, sku, text } from '../schema.js';

/** A rebuild under way, or the last one. */
const rebuild = object(
  {
    generation: text('What is built.'),
    startedAt: instant,
    finishedAt: instant,
    position,
    target: position,
    fraction: { type: 'number', minimum: 0, maximum: 1, description: 'How much of it is done.' },
    compared: count('Documents compared with those of the model before.'),
    differences: count('Those that differed.'),
    differing: list(sku, 0, 10),
    undecided: count('Those that changed too fast to be compared.'),
    checksums: object({ old: text('Of all compared, before.'), new: text('And after; the same without differences.') }),
  },
  ['finishedAt', 'compared', 'differences', 'differing', 'undecided', 'checksums'],
);

const nullable = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'] });

const projection = object(
  {
    name: text('E.g. availability.'),
    position,
    head: nullable(position),
    lagMs: nullable(count('How long ago the newest event dealt with was recorded; 0 at the head.')),
    live: { type: 'boolean', description: 'True once it has dealt with the history.' },
    failures: count('Since it last went well.'),
    lastError: text('What the last failure was.'),
    generation: text('Of its read model.'),
    rebuild,
  },
  ['lastError', 'generation', 'rebuild'],
);

export const OPERATIONS: Area = {
  operations: [
    {
      method: 'get',
      path: '/v1/projections',
      summary: 'How far everything that follows the streams is.',
      scope: 'admin',
      answers: { 200: 'Projections' },
    },
    {
      method: 'post',
      path: '/v1/projections/{name}/rebuild',
      summary: 'Build a read model anew beside the one that goes on answering.',
      description:
        'Progress is in the list of projections. 409 `runs-elsewhere`: the projection runs in processes of another role, ' +
        'which `role` and `detail` name; ask one of them. 409 `not-rebuildable`: it keeps nothing to build anew.',
      scope: 'admin',
      answers: { 202: 'Projection' },
      problems: [404, 409, 503],
    },
    { method: 'get', path: '/health/live', summary: 'The process is alive.', answers: { 200: undefined } },
    {
      method: 'get',
      path: '/health/ready',
      summary: 'The event store answers and the read models have caught up with the head seen at start.',
      answers: { 200: 'Readiness', 503: 'Readiness' },
    },
    { method: 'get', path: '/metrics', summary: 'For Prometheus.', answers: { 200: undefined } },
  ],
  schemas: {
    Projection: projection,
    Readiness: object(
      {
        status: { enum: ['ready', 'not-ready'] },
        eventStore: { enum: ['up', 'down', 'refused'] },
        catchingUp: list(text('A projection behind the head seen at start.'), 0, 100),
      },
      ['eventStore', 'catchingUp'],
    ),
    Projections: object({ projections: list(ref('Projection'), 0, 100) }),
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
  },
};
