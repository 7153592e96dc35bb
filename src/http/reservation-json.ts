import { formatInstant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import { mayUseLocation, type Principal } from '../ports/access.js';
import type { ReservationAnswer } from '../streams/reservation-reader.js';
import { positionToken } from './position-token.js';

/** A reservation as callers get it, with the lines at their own locations. */
export function reservationJson({ reservation, position }: ReservationAnswer, principal: Principal): JsonObject {
  const { id, reference, status, expiresAt, lines, missing } = reservation;
  return {
    id,
    reference,
    status,
    expiresAt: formatInstant(expiresAt),
    lines: lines
      .filter(({ location }) => mayUseLocation(principal, location))
      .map(({ sku, location, quantity }) => ({ sku, location, quantity })),
    ...(missing === undefined ? {} : { missing: missing.map((shortfall) => ({ ...shortfall })) }),
    position: positionToken(position),
  };
}

/** A reservation without a place that is the caller's looks like one that does not exist. */
export const isVisible = ({ reservation: { places } }: ReservationAnswer, principal: Principal): boolean =>
  places.length === 0 || places.some((location) => mayUseLocation(principal, location));
