import type { CartHold } from '../domain/reservation/process/events.js';
import type { Cart } from '../domain/reservation/process/state.js';
import { cartReservation } from '../domain/reservation/process/status.js';
import { type HoldFate, type Reservation, reservationNow } from '../domain/reservation/reservation.js';
import {
  type CartKey,
  cartStream,
  type HoldAddress,
  movedKeyOf,
  type ReservationAddress,
  reservationId,
} from '../domain/reservation/reservation-id.js';
import { holdKey } from '../domain/stock/event-keys.js';
import type { Reserved, StockEvent } from '../domain/stock/events.js';
import type { ClientId, StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Clock } from '../ports/clock.js';
import { type Position, START } from '../ports/event-store.js';
import { RecentMap } from './recent-map.js';
import type { ReservationTransactor } from './reservation-streams.js';
import type { StockTransactor } from './stock-streams.js';

/** A reservation and the position it is shown at. */
export interface ReservationAnswer {
  readonly reservation: Reservation;
  readonly position: Position;
}

/** A hold of a single-line reservation as its stock stream has it. */
export interface HoldReading {
  readonly reserved: Reserved;
  readonly fate: HoldFate;
  readonly position: Position;
}

/** A cart as its own stream has it. */
export interface CartReading {
  readonly cart: Cart;
  readonly position: Position;
}

/** `Reserved` events kept at hand, some 300 bytes each. */
const MAX_REMEMBERED = 50_000;

/** Reads reservations from the streams they live in, as they are now. */
export class ReservationReader {
  private readonly remembered = new RecentMap<string, Reserved>(MAX_REMEMBERED);

  constructor(
    private readonly stock: StockTransactor,
    private readonly carts: ReservationTransactor,
    private readonly clock: Clock,
  ) {}

  /** Undefined when there is none at this address. */
  async read(address: ReservationAddress): Promise<ReservationAnswer | undefined> {
    if (address.kind === 'cart') return this.readCart(address.cart);
    const reading = await this.hold(address.hold);
    if (reading === undefined) return undefined;
    if (hasMoved(reading)) return this.readCart(movedKeyOf(address.hold));
    const reservation = reservationNow(address.hold.key, reading.reserved, reading.fate, this.clock.now());
    return { reservation, position: reading.position };
  }

  /** The hold of a single-line reservation; undefined when there is none. */
  hold({ key, reference }: HoldAddress): Promise<HoldReading | undefined> {
    return this.stock.read(stockStream(key), async (stream) => {
      const [beginning, ending] = await stream.eventsUnder(holdKey.reserved(reference), holdKey.ended(reference));
      const reserved = beginning?.event;
      if (reserved?.type !== 'Reserved') return undefined;
      const fate = fateOf(stream.state.holds.get(reference), ending?.event);
      return { reserved, fate, position: stream.position };
    });
  }

  /** The `Reserved` event of a hold: it never changes, so one seen once need not be read again. */
  async reserved(address: HoldAddress): Promise<Reserved | undefined> {
    const known = this.remembered.get(reservationId(address));
    if (known !== undefined) return known;
    const reserved = (await this.hold(address))?.reserved;
    if (reserved !== undefined) this.remember(address.key, reserved);
    return reserved;
  }

  remember(key: StockKey, reserved: Reserved): void {
    this.remembered.set(reservationId({ key, reference: reserved.reference }), reserved);
  }

  /** A cart from its own stream; undefined when nobody asked for it. */
  cart(key: CartKey): Promise<CartReading | undefined> {
    return this.carts.read(cartStream(key), ({ state, position }) =>
      state === undefined ? undefined : { cart: state, position },
    );
  }

  async readCart(key: CartKey): Promise<ReservationAnswer | undefined> {
    const reading = await this.cart(key);
    return reading === undefined ? undefined : this.answer(key, reading);
  }

  /** The answer for a cart that has been read. */
  async answer(key: CartKey, { cart, position }: CartReading): Promise<ReservationAnswer> {
    const needsFates = cart.phase === 'accepted' && cart.ended === undefined;
    const { fates, position: holdsAt } = needsFates ? await this.fates(cart.holds) : { fates: [], position };
    const reservation = cartReservation(key, cart, fates, this.clock.now());
    return { reservation, position: holdsAt > position ? holdsAt : position };
  }

  /** What became of each of the holds, in order. */
  async fates(holds: readonly CartHold[]): Promise<{ fates: readonly HoldFate[]; position: Position }> {
    const readings = await Promise.all(holds.map((hold) => this.fate(hold, hold.reference)));
    return {
      fates: readings.map(({ fate }) => fate),
      position: readings.reduce((newest, { position }) => (position > newest ? position : newest), START),
    };
  }

  private fate(key: StockKey, reference: ClientId): Promise<{ fate: HoldFate; position: Position }> {
    return this.stock.read(stockStream(key), async (stream) => {
      const hold = stream.state.holds.get(reference);
      if (hold !== undefined) return { fate: { live: true, hold }, position: stream.position };
      const [ending] = await stream.eventsUnder(holdKey.ended(reference));
      return { fate: fateOf(hold, ending?.event), position: stream.position };
    });
  }
}

/** Whether a single-line reservation lives in a stream of its own by now. */
export const hasMoved = ({ fate }: HoldReading): boolean =>
  !fate.live && fate.end.type === 'Released' && fate.end.reason === 'moved';

function fateOf(hold: Extract<HoldFate, { live: true }>['hold'] | undefined, end: StockEvent | undefined): HoldFate {
  if (hold !== undefined) return { live: true, hold };
  if (end?.type === 'Released' || end?.type === 'Fulfilled') return { live: false, end };
  throw new Error('A hold is neither live nor ended.');
}
