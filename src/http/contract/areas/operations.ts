import type { Area } from '../area.js';
import { count, text } from '../schema.js';

export const OPERATIONS: Area = {
  operations: [
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
  ],
  schemas: {
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
