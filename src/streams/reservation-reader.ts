import type { HoldFate, Reservation } from '../domain/reservation/reservation.js';
import { reservationNow } from '../domain/reservation/reservation.js';
import type { HoldAddress } from '../domain/reservation/reservation-id.js';
import type { StockCommand } from '../domain/stock/commands.js';
import { holdKey } from '../domain/stock/event-keys.js';
import type { StockEvent } from '../domain/stock/events.js';
import type { StockState } from '../domain/stock/state.js';
import { eventId } from '../domain/values/event-id.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Instant } from '../domain/values/instant.js';
import type { Position } from '../ports/event-store.js';
import type { LoadedStream } from './loaded-stream.js';
import type { StockTransactor } from './stock-streams.js';

/** A reservation and the position it is shown at. */
export interface ReservationAnswer {
  readonly reservation: Reservation;
  readonly position: Position;
}

/** The present state of a single-line reservation, read from its stream; undefined when there is none. */
export function readReservation(
  streams: StockTransactor,
  address: HoldAddress,
  now: Instant,
): Promise<ReservationAnswer | undefined> {
  return streams.read(stockStream(address.key), (stream) => reservationIn(stream, address, now));
}

async function reservationIn(
  stream: LoadedStream<StockCommand, StockEvent, StockState>,
  { key, reference }: HoldAddress,
  now: Instant,
): Promise<ReservationAnswer | undefined> {
  const idOf = (eventKey: string) => eventId(stream.stream, eventKey);
  const beginning = idOf(holdKey.reserved(reference));
  const ending = idOf(holdKey.ended(reference));
  const found = await stream.find([beginning, ending]);
  const reserved = found.get(beginning)?.event;
  if (reserved?.type !== 'Reserved') return undefined;
  const fate = fateOf(stream.state.holds.get(reference), found.get(ending)?.event);
  return { reservation: reservationNow(key, reserved, fate, now), position: stream.position };
}

function fateOf(hold: ReturnType<StockState['holds']['get']>, end: StockEvent | undefined): HoldFate {
  if (hold !== undefined) return { live: true, hold };
  if (end?.type === 'Released' || end?.type === 'Fulfilled') return { live: false, end };
  throw new Error('A hold is neither live nor ended.');
}
