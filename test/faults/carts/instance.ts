import { CartDesk } from '../../../src/commands/reservation/cart-desk.js';
import { ChangeReservation, ChangeReservationHandler } from '../../../src/commands/reservation/change-reservation.js';
import type { RequestedChange } from '../../../src/commands/reservation/requested-change.js';
import { ReserveCart, ReserveCartHandler } from '../../../src/commands/reservation/reserve-cart.js';
import { ReserveHold, ReserveHoldHandler } from '../../../src/commands/reservation/reserve-hold.js';
import { Rejected } from '../../../src/domain/rejected.js';
import type { CartEvent } from '../../../src/domain/reservation/process/events.js';
import { type CartLine, type CartRequest, summed } from '../../../src/domain/reservation/process/request.js';
import type { Reservation } from '../../../src/domain/reservation/reservation.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import { type AvailabilityStore, ReadModelUnavailable } from '../../../src/ports/availability-store.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { EventStore } from '../../../src/ports/event-store.js';
import { RecoveryProjection } from '../../../src/projections/recovery/recovery-projection.js';
import { reservationRecovery } from '../../../src/projections/recovery/reservation-recovery.js';
import { FulfilmentTransactor, fulfilmentStreams } from '../../../src/streams/fulfilment-streams.js';
import { ReservationReader } from '../../../src/streams/reservation-reader.js';
import { ReservationTransactor, reservationStreams } from '../../../src/streams/reservation-streams.js';
import { StockTransactor, stockStreams } from '../../../src/streams/stock-streams.js';
import type { Caller } from '../../../src/streams/stream-kind.js';
import { id } from '../../support/given-stock.js';

const caller: Caller = { actor: 'storefront', correlationId: 'request-1' };
const anywhere = () => true;

/** The read model is away: everything has to work from the streams alone. */
const noModel = {
  read: () => Promise.reject(new ReadModelUnavailable('away')),
} as unknown as AvailabilityStore;

/** Work on reservations as one process of the service does it. */
export class Instance {
  readonly stock: StockTransactor;
  readonly reader: ReservationReader;
  private readonly desk: CartDesk;
  private readonly groups: FulfilmentTransactor;
  private readonly recovery: RecoveryProjection<CartEvent>;

  constructor(
    private readonly store: EventStore,
    clock: Clock,
  ) {
    const options = { soleWriter: false };
    this.stock = new StockTransactor(stockStreams, store, clock, options);
    const carts = new ReservationTransactor(reservationStreams, store, clock, options);
    this.groups = new FulfilmentTransactor(fulfilmentStreams, store, clock, options);
    this.reader = new ReservationReader(this.stock, carts, clock);
    this.desk = new CartDesk(this.stock, carts, this.reader, noModel, clock);
    const { finisher } = this.desk;
    this.recovery = new RecoveryProjection(
      store,
      reservationRecovery((...step) => finisher.finish(...step)),
      clock,
    );
  }

  async reserve(request: CartRequest): Promise<Reservation | Rejected> {
    const handler = new ReserveCartHandler(this.desk, this.groups);
    return reservationOf(await handler.execute(new ReserveCart(request, anywhere, caller)));
  }

  async reserveOne(reference: string, sku: string, location: string, quantity: number) {
    const handler = new ReserveHoldHandler(this.stock, this.reader);
    const key = { sku: sku as Sku, location: location as LocationId };
    const hold = { reference: id(reference), quantity, ttlSeconds: 600 };
    return reservationOf(await handler.execute(new ReserveHold(key, hold, caller)));
  }

  async change(reservation: string, change: RequestedChange): Promise<Reservation | Rejected> {
    const handler = new ChangeReservationHandler(this.desk);
    return reservationOf(await handler.execute(new ChangeReservation(reservation, change, anywhere, caller)));
  }

  /** Follows the streams so far, as a projector that has just started. */
  async follow(): Promise<void> {
    const events = [];
    for await (const event of this.store.readAll({ streamPrefixes: this.recovery.streamPrefixes })) events.push(event);
    await this.recovery.handle({ events, position: events.at(-1)?.position ?? 0n, live: true });
  }

  /** Ends what has stood open for too long. */
  recover(): Promise<void> {
    return this.recovery.idle();
  }
}

const reservationOf = (answer: { reservation: Reservation } | Rejected): Reservation | Rejected =>
  answer instanceof Rejected ? answer : answer.reservation;

/** `['MUG', 2, 'A']` is at a named place, `['MUG', 2, 'A', 'B']` wherever there are units. */
export type Line = readonly [sku: string, quantity: number, ...locations: string[]];

export function cart(reference: string, lines: readonly Line[], more: Partial<CartRequest> = {}): CartRequest {
  const parsed = lines.map(([sku, quantity, ...names], index): CartLine => {
    const locations = names as LocationId[];
    const [location] = locations;
    const source = locations.length === 1 && location !== undefined ? { location } : { locations };
    return { index, sku: sku as Sku, quantity, source };
  });
  return { reference: id(reference), lines: summed(parsed), ttlSeconds: 600, partial: false, split: false, ...more };
}
