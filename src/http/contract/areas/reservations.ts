import { type Area, MIN_POSITION, type Operation } from '../area.js';
import { clientId, instant, list, location, object, position, quantity, sku, text, whole } from '../schema.js';

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

export const RESERVATIONS: Area = {
  operations: [
    {
      method: 'post',
      path: '/v1/reservations',
      summary: 'Hold units. The same reference and body get the same answer with 200.',
      scope: 'reservations:write',
      body: 'ReservationRequest',
      answers: { 200: 'Reservation', 201: 'Reservation' },
      problems: [409, 422, 501, 503],
    },
    {
      method: 'get',
      path: RESERVATION,
      summary: 'A reservation as it is now, from its stream.',
      scope: 'availability:read',
      query: MIN_POSITION,
      answers: { 200: 'Reservation' },
      problems: [404],
    },
    change('confirm', 'The hold no longer expires.'),
    change('cancel', 'The units are free again.'),
    change('fulfil', 'The held units, or some of them, are sold.', 'Fulfilment'),
  ],
  schemas: {
    ReservationRequest: object(
      {
        reference: clientId,
        lines: list(object({ sku, quantity, location }), 1, 1),
        channel: clientId,
        ttlSeconds: whole('How long it holds.', 1, 2_592_000),
        neededBy: instant,
      },
      ['channel', 'neededBy'],
    ),
    Reservation: object({
      id: text('Opaque.'),
      reference: clientId,
      status: { enum: ['held', 'confirmed', 'partly-fulfilled', 'fulfilled', 'cancelled', 'expired'] },
      expiresAt: instant,
      lines: list(object({ sku, location, quantity }), 1, 100),
      position,
    }),
    Fulfilment: object({ id: clientId, lines: list(object({ sku, location, quantity }, ['location']), 1, 100) }, [
      'lines',
    ]),
  },
};
