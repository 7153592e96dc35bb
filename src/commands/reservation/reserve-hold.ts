import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected } from '../../domain/rejected.js';
import { acceptedReservation } from '../../domain/reservation/reservation.js';
import type { Reserve } from '../../domain/stock/commands.js';
import { isSameReservation } from '../../domain/stock/same.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import { stockStream } from '../../domain/values/identifiers.js';
import { type ReservationAnswer, ReservationReader } from '../../streams/reservation-reader.js';
import { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller } from '../../streams/stream-kind.js';

/** A new reservation, or the answer it was given before. */
export type ReserveAnswer = ReservationAnswer & { readonly isNew: boolean };

/** Holds units of one SKU at one named location: one append, decided in the stream itself. */
export class ReserveHold extends Command<ReserveAnswer | Rejected> {
  constructor(
    readonly key: StockKey,
    readonly hold: Omit<Reserve, 'type'>,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(ReserveHold)
export class ReserveHoldHandler implements ICommandHandler<ReserveHold> {
  constructor(
    @Inject(StockTransactor) private readonly streams: StockTransactor,
    @Inject(ReservationReader) private readonly reader: ReservationReader,
  ) {}

  async execute({ key, hold, caller }: ReserveHold): Promise<ReserveAnswer | Rejected> {
    const command: Reserve = { type: 'reserve', ...hold };
    const outcome = await this.streams.execute(stockStream(key), command, caller);
    if (outcome.status === 'rejected') return outcome.rejection;
    const recorded = outcome.status === 'known' ? outcome.recorded : outcome.events[0];
    if (recorded === undefined || !isSameReservation(command, recorded.event)) {
      return new Rejected('reference-reused', 'This reference stands for another reservation.', {
        reference: hold.reference,
      });
    }
    this.reader.remember(key, recorded.event);
    return {
      reservation: acceptedReservation(key, recorded.event),
      position: recorded.position,
      isNew: outcome.status === 'done',
    };
  }
}
