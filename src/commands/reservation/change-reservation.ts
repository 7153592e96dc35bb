import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Rejected } from '../../domain/rejected.js';
import { addressOf } from '../../domain/reservation/reservation-id.js';
import type { ReservationAnswer } from '../../streams/reservation-reader.js';
import type { Caller } from '../../streams/stream-kind.js';
import { CartDesk } from './cart-desk.js';
import { CartChanger, movedChanger, UNKNOWN } from './change-cart.js';
import { changeHold, isHoldChange } from './change-hold.js';
import type { MayUse, RequestedChange } from './requested-change.js';

/** Changes a reservation; doing the same again changes nothing. Answers with the reservation as it is then. */
export class ChangeReservation extends Command<ReservationAnswer | Rejected> {
  constructor(
    readonly reservationId: string,
    readonly change: RequestedChange,
    readonly mayUse: MayUse,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(ChangeReservation)
export class ChangeReservationHandler implements ICommandHandler<ChangeReservation> {
  constructor(@Inject(CartDesk) private readonly desk: CartDesk) {}

  async execute({ reservationId, change, mayUse, caller }: ChangeReservation): Promise<ReservationAnswer | Rejected> {
    const address = addressOf(reservationId);
    if (address === undefined) return UNKNOWN;
    if (address.kind === 'cart') return new CartChanger(this.desk, address.cart, mayUse, caller).change(change);
    const { hold } = address;
    if (mayUse(hold.key.location) && isHoldChange(change)) {
      const answer = await changeHold(this.desk, hold, change, caller);
      if (answer !== 'moved') return answer;
    }
    return movedChanger(this.desk, hold, mayUse, caller).change(change);
  }
}
