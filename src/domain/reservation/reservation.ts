import type { Fulfilled, Released, Reserved } from '../stock/events.js';
import type { Hold } from '../stock/holds.js';
import { hasExpired } from '../stock/holds.js';
import type { ClientId, StockKey } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import { reservationId } from './reservation-id.js';

export type ReservationStatus = 'held' | 'confirmed' | 'partly-fulfilled' | 'fulfilled' | 'cancelled' | 'expired';

/** A reservation as its caller sees it. */
export interface Reservation {
  readonly id: string;
  readonly reference: ClientId;
  readonly status: ReservationStatus;
  /** When the hold ends by itself; it no longer does once it is confirmed. */
  readonly expiresAt: Instant;
  readonly lines: readonly (StockKey & { readonly quantity: number })[];
}

/** The reservation as its `Reserved` event made it. */
export const acceptedReservation = (key: StockKey, reserved: Reserved): Reservation => ({
  id: reservationId({ key, reference: reserved.reference }),
  reference: reserved.reference,
  status: 'held',
  expiresAt: reserved.expiresAt,
  lines: [{ ...key, quantity: reserved.quantity }],
});

/** What became of a hold: what is left of it, or the event that ended it. */
export type HoldFate =
  | { readonly live: true; readonly hold: Hold }
  | { readonly live: false; readonly end: Released | Fulfilled };

export const reservationNow = (key: StockKey, reserved: Reserved, fate: HoldFate, now: Instant): Reservation => ({
  ...acceptedReservation(key, reserved),
  status: fate.live ? liveStatus(reserved, fate.hold, now) : endStatus(fate.end),
});

function liveStatus(reserved: Reserved, hold: Hold, now: Instant): ReservationStatus {
  if (hasExpired(hold, now)) return 'expired';
  if (hold.quantity < reserved.quantity) return 'partly-fulfilled';
  return hold.expiresAt === null ? 'confirmed' : 'held';
}

function endStatus(end: Released | Fulfilled): ReservationStatus {
  if (end.type === 'Fulfilled') return 'fulfilled';
  return end.reason === 'expired' ? 'expired' : 'cancelled';
}
