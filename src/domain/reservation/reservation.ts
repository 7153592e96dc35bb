import type { Confirmed, Fulfilled, Released, Reserved } from '../stock/events.js';
import type { Hold } from '../stock/holds.js';
import { hasExpired } from '../stock/holds.js';
import type { ClientId, LocationId, StockKey } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { Shortfall } from './process/events.js';
import { reservationId } from './reservation-id.js';

export const RESERVATION_STATUSES = [
  'pending',
  'held',
  'rejected',
  'confirmed',
  'partly-fulfilled',
  'fulfilled',
  'cancelled',
  'expired',
] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** A reservation as its caller sees it. */
export interface Reservation {
  readonly id: string;
  readonly reference: ClientId;
  readonly status: ReservationStatus;
  readonly madeAt: Instant;
  /** When the hold ends by itself; it no longer does once it is confirmed. */
  readonly expiresAt: Instant;
  readonly lines: readonly (StockKey & { readonly quantity: number })[];
  /** The locations that it touches or, while nothing is held, might have. */
  readonly places: readonly LocationId[];
  /** What was asked for and could not be held. */
  readonly missing?: readonly Shortfall[];
}

/** The reservation as its `Reserved` event made it. */
export const acceptedReservation = (key: StockKey, reserved: Reserved): Reservation => ({
  id: reservationId({ key, reference: reserved.reference }),
  reference: reserved.reference,
  status: 'held',
  madeAt: reserved.occurredAt,
  expiresAt: reserved.expiresAt,
  lines: [{ ...key, quantity: reserved.quantity }],
  places: [key.location],
});

/** What became of a hold: what is left of it, or the event that ended it. */
export type HoldFate =
  | { readonly live: true; readonly hold: Hold }
  | { readonly live: false; readonly end: Released | Fulfilled };

export const reservationNow = (key: StockKey, reserved: Reserved, fate: HoldFate, now: Instant): Reservation => ({
  ...acceptedReservation(key, reserved),
  status: fate.live ? liveStatus(reserved, fate.hold, now) : endStatus(fate.end),
  expiresAt: (fate.live ? fate.hold : fate.end).expiresAt ?? reserved.expiresAt,
});

/** The reservation as the latest event of its hold leaves it. */
export function reservationAfter(
  key: StockKey,
  reserved: Reserved,
  event: Confirmed | Released | Fulfilled,
): Reservation {
  const until = event.type === 'Confirmed' ? event.extension?.until : undefined;
  return {
    ...acceptedReservation(key, reserved),
    status: statusAfter(reserved, event),
    expiresAt: until ?? event.expiresAt ?? reserved.expiresAt,
  };
}

function statusAfter(reserved: Reserved, event: Confirmed | Released | Fulfilled): ReservationStatus {
  switch (event.type) {
    case 'Confirmed':
      if (event.quantity < reserved.quantity) return 'partly-fulfilled';
      return event.extension === undefined ? 'confirmed' : 'held';
    case 'Fulfilled':
      return event.remaining === 0 ? 'fulfilled' : 'partly-fulfilled';
    case 'Released':
      return endStatus(event);
  }
}

function liveStatus(reserved: Reserved, hold: Hold, now: Instant): ReservationStatus {
  if (hasExpired(hold, now)) return 'expired';
  if (hold.quantity < reserved.quantity) return 'partly-fulfilled';
  return hold.expiresAt === null ? 'confirmed' : 'held';
}

function endStatus(end: Released | Fulfilled): ReservationStatus {
  if (end.type === 'Fulfilled') return 'fulfilled';
  return end.reason === 'expired' ? 'expired' : 'cancelled';
}
