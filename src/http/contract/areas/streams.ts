import { type Area, MIN_POSITION } from '../area.js';
import { count, instant, list, object, position, ref, sku, text } from '../schema.js';
import { CELL_FIELDS } from './availability.js';

const STREAM = '/v1/streams/{sku}/{location}';

export const STREAMS: Area = {
  operations: [
    {
      method: 'get',
      path: `${STREAM}/events`,
      summary: 'The history: a page, or all of it with Accept: application/x-ndjson.',
      scope: 'audit:read',
      query: { from: text('First revision.'), limit: text('1 to 1000, usually 100.'), ...MIN_POSITION },
      answers: { 200: 'EventPage' },
      alsoAs: { 'application/x-ndjson': 'An Event a line, the whole history.' },
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
  ],
  schemas: {
    Event: object({
      revision: count('Counts from 0 within the stream.'),
      type: text('E.g. Received, Sold, Reserved.'),
      id: text('Uuid; a posting that comes from it has it as ref.'),
      occurredAt: instant,
      recordedAt: instant,
      data: { type: 'object' },
      metadata: { type: 'object' },
    }),
    EventPage: object({ events: list(ref('Event'), 0, 1_000), next: count('Revision to go on from.'), position }, [
      'next',
    ]),
    StockState: object({
      sku,
      ...CELL_FIELDS,
      recordedAt: instant,
      position,
      valuation: { anyOf: [ref('Valuation'), { type: 'null' }], description: 'Null before anything was valued.' },
    }),
  },
};
