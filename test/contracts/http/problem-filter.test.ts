import { expect, it } from 'vitest';
import { toProblem } from '../../../src/http/problem-filter.js';
import { ReadModelUnavailable } from '../../../src/ports/availability-store.js';
import { EventStoreUnavailable } from '../../../src/ports/event-store.js';
import { DecisionTooLarge } from '../../../src/streams/draft.js';
import { Overloaded } from '../../../src/streams/stream-kind.js';

it.each([
  ['too much waits', new Overloaded('full'), { status: 503, code: 'overloaded', retryAfterSeconds: 1 }],
  [
    'the event store is away',
    new EventStoreUnavailable('away'),
    { status: 503, code: 'unavailable', retryAfterSeconds: 1 },
  ],
  [
    'the read model is away',
    new ReadModelUnavailable('away'),
    { status: 503, code: 'unavailable', retryAfterSeconds: 1 },
  ],
  ['more is asked for than can be written at once', new DecisionTooLarge('2 MB'), { status: 413, code: 'too-large' }],
  ['a bug shows', new Error('secret'), { status: 500, code: 'internal' }],
])('when %s the answer says so', (_, error, expected) => {
  const problem = toProblem(error);
  expect(problem).toMatchObject(expected);
  expect(problem.detail).not.toContain('secret');
});
