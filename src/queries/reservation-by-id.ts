import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { holdAddressOf } from '../domain/reservation/reservation-id.js';
import { Clock } from '../ports/clock.js';
import { type ReservationAnswer, readReservation } from '../streams/reservation-reader.js';
import { StockTransactor } from '../streams/stock-streams.js';

/** A reservation as it is now, read from its stream; undefined when there is none with this id. */
export class ReservationById extends Query<ReservationAnswer | undefined> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ReservationById)
export class ReservationByIdHandler implements IQueryHandler<ReservationById> {
  constructor(
    @Inject(StockTransactor) private readonly streams: StockTransactor,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ id }: ReservationById): Promise<ReservationAnswer | undefined> {
    const address = holdAddressOf(id);
    return address === undefined ? undefined : readReservation(this.streams, address, this.clock.now());
  }
}
