import { RESERVATION_STATUSES } from '../../../domain/reservation/reservation.js';
import { type Area, MIN_POSITION, type Operation } from '../area.js';
import { clientId, count, instant, list, location, object, position, quantity, sku, text, whole } from '../schema.js';

const RESERVATION = '/v1/reservations/{id}';

const change = (verb: string, summary: string, body?: string): Operation => ({
  method: 'post',
  path: `${RESERVATION}/${verb}`,
  summary,
  scope: 'reservations:write',
  ...(body === undefined ? {} : { body }),
  answers: { 200: 'Reservation' },
  problems: [404, 409, 422],
});

/** A line names one location, some in the order of sourcing, or a group that has them. */
const SOURCES = [{ location }, { locations: list(location, 1, 100) }, { group: clientId }];
const ttl = whole('How long it holds.', 1, 2_592_000);
const shortfall = object(
  {
    index: count("Index into the request's lines; the first of several for the same SKU from the same place."),
    sku,
    location,
    requested: count('Units asked for.'),
    available: count('Units there were for it.'),
  },
  ['location'],
);

export const RESERVATIONS: Area = {
  operations: [
    {
      method: 'post',
      path: '/v1/reservations',
      summary: 'Hold units. The same reference and body get the same answer with 200.',
      scope: 'reservations:write',
      body: 'ReservationRequest',
      answers: { 200: 'Reservation', 201: 'Reservation' },
      problems: [409, 422, 503],
    },
    {
      method: 'get',
      path: '/v1/reservations',
      summary: 'The newest reservation under a reference, and the ids of the others.',
      scope: 'availability:read',
      query: { reference: clientId, ...MIN_POSITION },
      answers: { 200: 'Reservation' },
      problems: [404, 503],
    },
    {
      method: 'get',
      path: RESERVATION,
      summary: 'A reservation as it is now, from its streams.',
      scope: 'availability:read',
      query: MIN_POSITION,
      answers: { 200: 'Reservation' },
      problems: [404],
    },
    change('confirm', 'The holds no longer expire.'),
    change('cancel', 'The units are free again.'),
    change('extend', 'The holds live on for so long from now, never shorter than they would have.', 'Extension'),
    change('fulfil', 'The held units, or some of them, are sold.', 'Fulfilment'),
    change('move', 'A line is held at another location from now on.', 'Move'),
    change('refuse', 'A location turns its lines down: they are sourced anew from their other ones.', 'Refusal'),
  ],
  schemas: {
    ReservationRequest: object(
      {
        reference: clientId,
        lines: list({ oneOf: SOURCES.map((source) => object({ sku, quantity, ...source })) }, 1, 100),
        channel: clientId,
        ttlSeconds: ttl,
        neededBy: instant,
        partial: { type: 'boolean', description: 'Hold what there is of each line. Default false: all or nothing.' },
        split: { type: 'boolean', description: 'A line may come from several locations. Default false.' },
      },
      ['channel', 'neededBy', 'partial', 'split'],
    ),
    Reservation: object(
      {
        id: text('Opaque.'),
        reference: clientId,
        status: { enum: RESERVATION_STATUSES },
        expiresAt: instant,
        lines: list(object({ sku, location, quantity }), 0, 10_000),
        missing: list(shortfall, 1, 100),
        others: list(text('Id of another reservation under this reference.'), 1, 20),
        position,
        stale: { type: 'boolean', description: 'True when minPosition was not reached in time.' },
      },
      ['missing', 'others', 'stale'],
    ),
    Extension: object({ id: clientId, ttlSeconds: ttl }),
    Fulfilment: object({ id: clientId, lines: list(object({ sku, location, quantity }, ['location']), 1, 100) }, [
      'lines',
    ]),
    Move: object({ id: clientId, line: count("Index into the answer's lines."), to: location }),
    Refusal: object({ id: clientId, location }),
  },
};
