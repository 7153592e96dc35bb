import { FEED_EVENT_NAMES } from '../../../projections/feed/feed-events.js';
import { POSTING_EVENT_NAMES } from '../../../projections/feed/posting-event-names.js';
import type { Area } from '../area.js';
import { text } from '../schema.js';

export const FEED: Area = {
  operations: [
    {
      method: 'get',
      path: '/v1/availability/feed',
      summary:
        'What changes, as server-sent events (text/event-stream): CloudEvents as in /asyncapi.json. A reader that comes ' +
        'again with Last-Event-ID misses nothing.',
      scope: 'availability:read',
      query: {
        sku: text('Only these; comma between them.'),
        locations: text('Only these; comma between them.'),
        types: text(`Only these; comma between them: ${FEED_EVENT_NAMES.join(', ')}.`),
        after: text('Where to begin: a position of any answer, or an id of this feed. Last-Event-ID goes before it.'),
        access_token: text('The key, for a browser, whose EventSource sends no headers. Addresses end up in logs.'),
      },
      answers: { 200: undefined },
      problems: [503],
    },
    {
      method: 'get',
      path: '/v1/postings/feed',
      summary:
        'Postings that park, and what people decide about them, as server-sent events: CloudEvents as in /asyncapi.json. ' +
        'A reader that comes again with Last-Event-ID misses nothing.',
      scope: 'postings:read',
      query: {
        sku: text('Only these; comma between them.'),
        locations: text('Only these; comma between them.'),
        types: text(`Only these; comma between them: ${POSTING_EVENT_NAMES.join(', ')}.`),
        after: text('Where to begin: a position of any answer, or an id of this feed. Last-Event-ID goes before it.'),
        access_token: text('The key, for a browser, whose EventSource sends no headers. Addresses end up in logs.'),
      },
      answers: { 200: undefined },
      problems: [503],
    },
  ],
  schemas: {},
};
