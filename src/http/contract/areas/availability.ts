import { MAX_DAYS } from '../../../queries/availability/days.js';
import { MAX_DETAILED_LOCATIONS } from '../../../queries/availability/schedule.js';
import { type Area, MIN_POSITION } from '../area.js';
import { clientId, count, freshness, instant, list, location, object, position, ref, sku, text } from '../schema.js';

export const CELL_FIELDS = {
  location,
  available: count('What may be promised, never below 0.'),
  onHand: count('Sellable units; below 0 when more was sold than was there.'),
  reserved: count('Units of holds that live.'),
  safetyStock: count('Units that are never promised.'),
  protected: count('Units kept for other channels.'),
  quarantine: count('Units that await a decision.'),
  damaged: count('Units that cannot be sold.'),
  inbound: count('Units on their way, dated or not.'),
  revision: count('Newest event of the stream that is in these numbers.'),
};
export const CELL = object(CELL_FIELDS);

const skuItem = object(
  { sku, available: count('The sum over the locations.'), locations: list(ref('Cell'), 0, 1_000) },
  ['locations'],
);

const DATE = text(
  `When it must be there: an instant, or a day for its end in UTC; up to ${MAX_DAYS} days ahead. Now when absent.`,
);
const ASKING = {
  locations: text('Only these, comma between them.'),
  group: text('Only the locations of this fulfilment group.'),
  channel: text('The channel that asks: what is kept for it is not deducted.'),
};
const OF_SKU = '/v1/availability/{sku}';

const SCHEDULE = {
  available: count('What may be promised now.'),
  overdue: count('Expected units that no day shows: their time has passed, or nobody knows it.'),
  days: list(ref('ScheduledDay'), 1, MAX_DAYS),
};

const event = ref('EventRef');
const units = count('What this adds to what is available, signed.');
const newest = (what: string) => ({ type: 'array', description: 'The newest, up to limit.', items: ref(what) });

export const AVAILABILITY: Area = {
  operations: [
    {
      method: 'get',
      path: OF_SKU,
      summary: 'What may be promised of one SKU.',
      scope: 'availability:read',
      query: { ...ASKING, date: DATE, ...MIN_POSITION },
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
      problems: [404, 503],
    },
    {
      method: 'get',
      path: `${OF_SKU}/schedule`,
      summary: 'What may be promised day by day; a promise for a day never breaks one made for later.',
      scope: 'availability:read',
      query: {
        ...ASKING,
        days: text(`1 to ${MAX_DAYS}, usually 30, from today on.`),
        detail: text(`true: by location as well, for up to ${MAX_DETAILED_LOCATIONS} locations.`),
        ...MIN_POSITION,
      },
      answers: { 200: 'Schedule' },
      problems: [404, 503],
    },
    {
      method: 'get',
      path: `${OF_SKU}/{location}/explain`,
      summary: 'What is available, expanded to the events it comes from.',
      scope: 'availability:read',
      query: {
        channel: ASKING.channel,
        limit: text('So many events of a kind one by one: 1 to 1000, usually 100.'),
        ...MIN_POSITION,
      },
      answers: { 200: 'Explanation' },
      problems: [404],
    },
  ],
  schemas: {
    Cell: CELL,
    SkuAvailability: object(
      { sku, available: count('The sum over the locations.'), locations: list(ref('Cell'), 0, 1_000), ...freshness },
      ['stale'],
    ),
    AvailabilityRequest: object(
      {
        skus: list(sku, 1, 1_000),
        locations: list(location, 1, 100),
        group: clientId,
        channel: clientId,
        date: DATE,
        detail: { type: 'boolean', description: 'List the locations that have a stream for each SKU.' },
      },
      ['locations', 'group', 'channel', 'date', 'detail'],
    ),
    Availability: object({ items: list(skuItem, 0, 1_000), unknown: list(sku, 0, 1_000), ...freshness }, ['stale']),
    Schedule: object(
      { sku, ...SCHEDULE, locations: list(object({ location, ...SCHEDULE }), 0, MAX_DETAILED_LOCATIONS), ...freshness },
      ['locations', 'stale'],
    ),
    ScheduledDay: object({
      date: text('A day of UTC.', { format: 'date' }),
      available: count('What may be promised for its end.'),
      supply: count('Units that are due in it.'),
      demand: count('Held units that are needed in it.'),
    }),
    EventRef: object({
      revision: count('In the stream.'),
      id: text('Uuid.'),
      type: text('E.g. Sold.'),
      occurredAt: instant,
    }),
    Explanation: object({
      sku,
      location,
      available: count('The sum of the formula.'),
      formula: object({
        onHand: units,
        reserved: units,
        safetyStock: units,
        protected: units,
        coveredBySupply: count('Units held for later that will have come by then.'),
        shortage: count('What is missing to 0.'),
      }),
      terms: list(
        {
          anyOf: ['OnHand', 'Reserved', 'SafetyStock', 'Protected', 'Covered', 'Shortage'].map((name) =>
            ref(`${name}Term`),
          ),
        },
        6,
        6,
      ),
      revision: count('Newest event in it.'),
      position,
    }),
    OnHandTerm: object({
      term: { const: 'onHand' },
      units,
      count: {
        description: 'The count that stands; null when there is none.',
        anyOf: [
          { type: 'null' },
          object({ counted: count('What was found.'), onHand: count('With newer facts known then.'), event }),
        ],
      },
      since: {
        type: 'array',
        description: 'What came after it, by type.',
        items: object({ type: text('Of the events.'), count: count('How many.'), units: count('In all, signed.') }),
      },
      newest: newest('StockChange'),
    }),
    StockChange: object({
      revision: count('In the stream.'),
      id: text('Uuid.'),
      type: text('E.g. Sold.'),
      occurredAt: instant,
      units: count('Signed.'),
    }),
    ReservedTerm: object({
      term: { const: 'reserved' },
      units,
      holds: count('How many live.'),
      newest: newest('LiveHold'),
    }),
    LiveHold: object(
      {
        reservationId: text('Opaque.'),
        quantity: count('Units still held.'),
        expiresAt: { anyOf: [instant, { type: 'null' }], description: 'Null once confirmed.' },
        channel: clientId,
        neededBy: instant,
        revision: count('Of what happened to it last.'),
        event,
      },
      ['channel', 'neededBy'],
    ),
    SafetyStockTerm: object({
      term: { const: 'safetyStock' },
      units,
      event: { anyOf: [event, { type: 'null' }], description: 'What set it.' },
    }),
    ProtectedTerm: object({
      term: { const: 'protected' },
      units,
      channels: {
        type: 'array',
        items: object({
          channel: clientId,
          kept: count('Units kept for it.'),
          held: count('Units it holds already.'),
          deducted: count('What is kept from the caller.'),
          event,
        }),
      },
    }),
    CoveredTerm: object({ term: { const: 'coveredBySupply' }, units, supplies: newest('OpenSupply') }),
    OpenSupply: object({
      id: text('As announced; of a transfer: transfer/ and its id.'),
      quantity: count('Units that have not come.'),
      dueAt: { anyOf: [instant, { type: 'null' }] },
      status: { enum: ['due', 'overdue', 'undated'] },
      event,
    }),
    ShortageTerm: object({ term: { const: 'shortage' }, units }),
  },
};
