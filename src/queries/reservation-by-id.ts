import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { addressOf } from '../domain/reservation/reservation-id.js';
import { type ReservationAnswer, ReservationReader } from '../streams/reservation-reader.js';

/** A reservation as it is now, read from its streams; undefined when there is none with this id. */
export class ReservationById extends Query<ReservationAnswer | undefined> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ReservationById)
export class ReservationByIdHandler implements IQueryHandler<ReservationById> {
  constructor(@Inject(ReservationReader) private readonly reader: ReservationReader) {}

  async execute({ id }: ReservationById): Promise<ReservationAnswer | undefined> {
    const address = addressOf(id);
    return address === undefined ? undefined : this.reader.read(address);
  }
}
