import { DECISIONS } from '../../domain/delivery/decide.js';
import { FEED_EVENT_NAMES, FEED_EVENT_TYPES, type FeedEventName } from '../../projections/feed/feed-events.js';
import {
  POSTING_EVENT_NAMES,
  POSTING_EVENT_TYPES,
  type PostingEventName,
} from '../../projections/feed/posting-event-names.js';
import { CELL } from './areas/availability.js';
import { AT_RISK, MOVEMENTS } from './areas/movements.js';
import { OPERATIONS as OPERATIONS_AREA } from './areas/operations.js';
import { ERP_POSTING } from './erp-endpoint.js';
import { clientId, count, currency, instant, location, object, ref, type Schema, sku, text } from './schema.js';

const revision = count('Newest event of the stream that is in it.');
const available = count('What may be promised to a caller of no channel, never below 0.');
const cell = { sku, location, revision };
const movement = object({
  id: clientId,
  type: text('The type of its event, e.g. Sold.'),
  occurredAt: instant,
});

const { location: _, ...numbers } = CELL.properties as Readonly<Record<string, Schema>>;

/** What `data` holds, by the name of the event. */
const FEED_DATA: Readonly<Record<FeedEventName, { readonly summary: string; readonly data: Schema }>> = {
  'availability-changed': {
    summary: 'The numbers of a SKU at a location have changed; several changes may be told as one.',
    data: object({ ...cell, ...numbers }),
  },
  'low-stock': {
    summary: 'Available units have fallen to the threshold or below; told again only after they have been above it.',
    data: object({ ...cell, available, lowStockThreshold: count('As set by the policy.') }),
  },
  'back-in-stock': {
    summary: 'There was nothing to promise, and now there is.',
    data: object({ ...cell, available }),
  },
  oversold: {
    summary: 'More was sold than there was, or was held: some reservations cannot be served.',
    data: object({
      ...cell,
      movement,
      onHand: count('Sellable units; below 0 when more was sold than was there.'),
      reserved: count('Units of holds that live.'),
      atRisk: AT_RISK,
    }),
  },
  'late-movement': {
    summary: 'A movement was told after newer ones.',
    data: object({ ...cell, movement }),
  },
};

const posting = {
  connector: text('The ERP that it goes to.'),
  ref: text('Of the posting.'),
  sku,
  location,
  date: text('The day on which it counts by itself.', { format: 'date' }),
  value: object({ amount: text('Decimal.'), currency }),
};

const POSTING_DATA: Readonly<Record<PostingEventName, { readonly summary: string; readonly data: Schema }>> = {
  'posting-parked': {
    summary: 'A posting waits for a person, and holds back later ones of its SKU and location.',
    data: object({
      ...posting,
      reason: text('Its code, e.g. PERIOD_CLOSED.'),
      detail: text('What the ERP said.'),
      attempts: count('How often the ERP was asked.'),
    }),
  },
  'posting-resolved': {
    summary: 'Somebody has decided about a parked posting. Tried again, it may park again.',
    data: object({
      ...posting,
      decision: text('What becomes of it.', { enum: DECISIONS }),
      actor: text('Who decided.'),
    }),
  },
};

const REJECTED_TYPE = 'stockfold.movement-rejected.v1';
const REJECTED_DATA = object(
  {
    location: text('As the subject said.'),
    problem: ref('Problem'),
    payload: { description: 'The movement, or the text of a message that could not be read.' },
    truncated: { const: true },
  },
  ['truncated'],
);

/** CloudEvents 1.0 in structured JSON. */
function cloudEvent(type: string, summary: string, data: Schema, extensions: Readonly<Record<string, Schema>>): object {
  const attributes = {
    specversion: { const: '1.0' },
    id: text('Unique with source. The same event always has the same id: whoever has seen it leaves it out.'),
    source: text('The store that it comes from.'),
    type: { const: type },
    subject: text('What it is about, as a path.'),
    time: instant,
    datacontenttype: { const: 'application/json' },
  };
  return {
    name: type,
    summary,
    contentType: 'application/cloudevents+json',
    payload: object({ ...attributes, ...extensions, data }),
  };
}

const SEQUENCE = { sequence: text('Orders the events of one source and subject, compared as text.') };

const FEED_MESSAGES = Object.fromEntries(
  FEED_EVENT_NAMES.map((name) => {
    const { summary, data } = FEED_DATA[name];
    return [name, cloudEvent(FEED_EVENT_TYPES[name], summary, data, SEQUENCE)];
  }),
);

const POSTING_MESSAGES = Object.fromEntries(
  POSTING_EVENT_NAMES.map((name) => {
    const { summary, data } = POSTING_DATA[name];
    return [name, cloudEvent(POSTING_EVENT_TYPES[name], summary, data, SEQUENCE)];
  }),
);

const MESSAGES: Readonly<Record<string, object>> = {
  ...FEED_MESSAGES,
  ...POSTING_MESSAGES,
  movements: {
    name: 'movements',
    summary: 'One movement, or a batch of them, as POST /v1/movements takes it.',
    contentType: 'application/json',
    headers: object({ 'Stockfold-Reply-To': text('The inbox that the results go to.', { pattern: '^_INBOX\\.' }) }, [
      'Stockfold-Reply-To',
    ]),
    payload: { oneOf: [ref('Movement'), ref('MovementBatch')] },
  },
  'movement-results': {
    name: 'movement-results',
    summary: 'What became of each movement, as POST /v1/movements answers; a problem when the message cannot be read.',
    contentType: 'application/json',
    payload: { oneOf: [ref('MovementResults'), ref('Problem')] },
  },
  posting: {
    name: 'posting',
    summary: 'One posting for the ledger; its ref is also its `Nats-Msg-Id`.',
    contentType: 'application/json',
    headers: object({ 'Nats-Msg-Id': text('The ref.') }),
    payload: ref('ErpPosting'),
  },
  'posting-location': {
    name: 'posting-location',
    summary: 'Where the posting of a ref is or was going to be published. Its text is the location.',
    contentType: 'text/plain',
    payload: location,
  },
  'movement-rejected': cloudEvent(REJECTED_TYPE, 'A movement that is not recorded, and why.', REJECTED_DATA, {}),
};

const messagesOf = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));

const parameters = (...names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, { description: `Percent-encoded where it holds dots.` }]));

/** The subjects and the JetStream streams that keep them. */
const CHANNELS: Readonly<Record<string, object>> = {
  availability: {
    address: 'stockfold.availability.{location}.{sku}',
    description: 'Kept in STOCKFOLD: the last event of each SKU and location. Subscribe through JetStream.',
    parameters: parameters('location', 'sku'),
    messages: messagesOf(['availability-changed']),
  },
  exceptions: {
    address: 'stockfold.exceptions.{kind}.{location}.{sku}',
    description: 'Kept in STOCKFOLD-EXCEPTIONS for 30 days.',
    parameters: parameters('kind', 'location', 'sku'),
    messages: messagesOf(FEED_EVENT_NAMES.filter((name) => name !== 'availability-changed')),
  },
  postingExceptions: {
    address: 'stockfold.posting-exceptions.{kind}.{connector}.{location}.{sku}',
    description:
      'Kept in STOCKFOLD-POSTING-EXCEPTIONS for 30 days. For who may see postings: let no storefront subscribe here.',
    parameters: parameters('kind', 'connector', 'location', 'sku'),
    messages: messagesOf(POSTING_EVENT_NAMES),
  },
  movements: {
    address: 'stockfold.movements.{location}',
    description:
      'Kept in STOCKFOLD-MOVEMENTS until recorded. All movements of a message must be at the location of its subject, ' +
      'so that the right to publish there is the right to write there.',
    parameters: parameters('location'),
    messages: messagesOf(['movements']),
  },
  movementsRejected: {
    address: 'stockfold.movements-rejected.{location}',
    description: 'Kept in STOCKFOLD-MOVEMENTS-REJECTED for 90 days.',
    parameters: parameters('location'),
    messages: messagesOf(['movement-rejected']),
  },
  postings: {
    address: 'stockfold.postings.{connector}.{location}.{ref}',
    description:
      'With ERP_CONNECTOR=nats, kept in STOCKFOLD-POSTINGS-{connector} for good: the stream takes one message a ref, ' +
      'however late it is sent again, so it must neither drop nor consume messages. Middleware reads it with a consumer ' +
      'of its own and answers nothing: posted means that the stream keeps the posting. Those of one SKU and location are ' +
      'in order. The server acknowledges before it has told its disk to keep a message, unless its `sync_interval` is ' +
      '`always`; give the stream replicas where that matters.',
    parameters: parameters('connector', 'location', 'ref'),
    messages: messagesOf(['posting']),
  },
  postingRefs: {
    address: 'stockfold.posting-refs.{connector}.{ref}',
    description:
      'Kept in STOCKFOLD-POSTING-REFS-{connector}: published before the posting, so that it can be looked up.',
    parameters: parameters('connector', 'ref'),
    messages: messagesOf(['posting-location']),
  },
  movementResults: {
    address: null,
    description: 'The inbox that the sender of movements names in the header Stockfold-Reply-To.',
    messages: messagesOf(['movement-results']),
  },
};

/** The AsyncAPI 3.0 document that `/asyncapi.json` serves. */
export function asyncApiDocument(): object {
  const channel = (name: string) => ({ $ref: `#/channels/${name}` });
  return {
    asyncapi: '3.0.0',
    info: { title: 'Stockfold on NATS', version: '1', description: 'What the service tells, and what it takes.' },
    defaultContentType: 'application/json',
    channels: CHANNELS,
    operations: {
      tellAvailability: { action: 'send', channel: channel('availability') },
      tellExceptions: { action: 'send', channel: channel('exceptions') },
      tellPostingExceptions: { action: 'send', channel: channel('postingExceptions') },
      takeMovements: {
        action: 'receive',
        channel: channel('movements'),
        reply: { channel: channel('movementResults') },
      },
      handOverPostings: { action: 'send', channel: channel('postings') },
      notePostingRefs: { action: 'send', channel: channel('postingRefs') },
      keepRejectedMovements: { action: 'send', channel: channel('movementsRejected') },
    },
    components: {
      messages: MESSAGES,
      schemas: { ...MOVEMENTS.schemas, Problem: OPERATIONS_AREA.schemas.Problem, ErpPosting: ERP_POSTING },
    },
  };
}
