import { hasExpired } from '../../stock/holds.js';
import type { LocationId } from '../../values/identifiers.js';
import type { Instant } from '../../values/instant.js';
import type { HoldFate, Reservation, ReservationStatus } from '../reservation.js';
import { type CartKey, cartId } from '../reservation-id.js';
import type { Accepted, CartHold, Requested } from './events.js';
import { type CartRequest, candidatesOf } from './request.js';
import type { Cart } from './state.js';

/**
 * The reservation as its caller sees it.
 * @param fates what became of each of its holds, in order
 */
export function cartReservation(key: CartKey, cart: Cart, fates: readonly HoldFate[], now: Instant): Reservation {
  const { request, madeAt, expiresAt, holds, missing } = cart;
  return {
    id: cartId(key),
    reference: request.reference,
    status: cartStatus(cart, fates, now),
    madeAt,
    expiresAt,
    lines: linesOf(holds),
    places: locationsOf(holds, request),
    ...(missing.length === 0 ? {} : { missing }),
  };
}

/** The reservation as it was accepted: the first answer to its request. */
export const acceptedCart = (key: CartKey, requested: Requested, { holds, missing }: Accepted): Reservation => ({
  id: cartId(key),
  reference: requested.request.reference,
  status: 'held',
  madeAt: requested.occurredAt,
  expiresAt: requested.expiresAt,
  lines: linesOf(holds),
  places: locationsOf(holds, requested.request),
  ...(missing.length === 0 ? {} : { missing }),
});

const linesOf = (holds: readonly CartHold[]): Reservation['lines'] =>
  holds.map(({ sku, location, quantity }) => ({ sku, location, quantity }));

const locationsOf = (holds: readonly CartHold[], { lines }: CartRequest): readonly LocationId[] =>
  holds.length > 0 ? holds.map(({ location }) => location) : lines.flatMap(candidatesOf);

function cartStatus(cart: Cart, fates: readonly HoldFate[], now: Instant): ReservationStatus {
  if (cart.phase !== 'accepted') return cart.phase;
  if (cart.ended !== undefined) return cart.ended;
  if (cart.open?.change.kind === 'cancel') return 'cancelled';
  if (fates.every(isSold)) return 'fulfilled';
  if (!cart.confirmed && (cart.expiresAt <= now || fates.some((fate) => isExpired(fate, now)))) return 'expired';
  if (fates.some((fate, index) => isPartlySold(fate, cart.holds[index]?.quantity ?? 0))) return 'partly-fulfilled';
  return cart.confirmed ? 'confirmed' : 'held';
}

export const isSold = (fate: HoldFate): boolean => !fate.live && fate.end.type === 'Fulfilled';

const isExpired = (fate: HoldFate, now: Instant): boolean =>
  fate.live ? hasExpired(fate.hold, now) : fate.end.type === 'Released' && fate.end.reason === 'expired';

const isPartlySold = (fate: HoldFate, quantity: number): boolean =>
  isSold(fate) || (fate.live && fate.hold.quantity < quantity);

/** Units of a hold that can still be handed over. */
export const unitsLeft = (fate: HoldFate, now: Instant): number =>
  fate.live && !hasExpired(fate.hold, now) ? fate.hold.quantity : 0;
