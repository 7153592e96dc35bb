import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { addressOf, cartKeyOf } from '../domain/reservation/reservation-id.js';
import { type ClientId, STOCK_STREAMS } from '../domain/values/identifiers.js';
import { AvailabilityStore, ReadModelUnavailable } from '../ports/availability-store.js';
import { EventStore, type Position } from '../ports/event-store.js';
import { type ReservationAnswer, ReservationReader } from '../streams/reservation-reader.js';
import { readAtLeast } from './wait-for-position.js';

export interface ReservationsView {
  /** As they are now, the newest first. */
  readonly answers: readonly ReservationAnswer[];
  /** True when the read model had not reached the position asked for in time. */
  readonly stale: boolean;
}

/**
 * The reservations made under a reference: one over several streams at most, found by itself, and any number of
 * single lines, found by the read model and then read from their streams.
 */
export class ReservationsByReference extends Query<ReservationsView> {
  constructor(
    readonly reference: ClientId,
    readonly minPosition?: Position,
  ) {
    super();
  }
}

@QueryHandler(ReservationsByReference)
export class ReservationsByReferenceHandler implements IQueryHandler<ReservationsByReference> {
  constructor(
    @Inject(ReservationReader) private readonly reader: ReservationReader,
    @Inject(AvailabilityStore) private readonly model: AvailabilityStore,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  async execute({ reference, minPosition }: ReservationsByReference): Promise<ReservationsView> {
    const cart = await this.reader.read({ kind: 'cart', cart: cartKeyOf(reference) });
    const { ids, stale } = await this.single(reference, minPosition).catch((error: unknown) => {
      // A cart needs no read model; without one nobody knows of single lines.
      if (cart === undefined || !(error instanceof ReadModelUnavailable)) throw error;
      return { ids: [], stale: minPosition !== undefined };
    });
    const addresses = ids.map(addressOf).filter((address) => address !== undefined);
    const singles = await Promise.all(addresses.map((address) => this.reader.read(address)));
    const answers = [cart, ...singles].filter((answer) => answer !== undefined);
    return { answers: answers.sort((a, b) => b.reservation.madeAt - a.reservation.madeAt), stale };
  }

  private async single(reference: ClientId, minPosition: Position | undefined) {
    const source = { store: this.store, streamPrefixes: STOCK_STREAMS };
    const { stale } = await readAtLeast(minPosition, () => this.model.progress(), source);
    return { ids: await this.model.reservationsUnder(reference), stale };
  }
}
