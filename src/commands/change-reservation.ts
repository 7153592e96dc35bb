import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected } from '../domain/rejected.js';
import type { ReservationStatus } from '../domain/reservation/reservation.js';
import type { HoldAddress } from '../domain/reservation/reservation-id.js';
import { holdAddressOf, reservationId } from '../domain/reservation/reservation-id.js';
import type { StockCommand } from '../domain/stock/commands.js';
import type { StockEvent } from '../domain/stock/events.js';
import type { ClientId } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import { Clock } from '../ports/clock.js';
import type { ReservationAnswer } from '../streams/reservation-reader.js';
import { readReservation } from '../streams/reservation-reader.js';
import { StockTransactor } from '../streams/stock-streams.js';
import type { Caller, Outcome } from '../streams/stream-kind.js';

/** What a caller may do with a reservation that it holds. */
export type ReservationChange =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'cancel' }
  /** `quantity` is all that is left when absent. */
  | { readonly kind: 'fulfil'; readonly id: ClientId; readonly quantity?: number };

/** Changes a reservation; doing the same again changes nothing. Answers with the reservation as it is then. */
export class ChangeReservation extends Command<ReservationAnswer | Rejected> {
  constructor(
    readonly reservationId: string,
    readonly change: ReservationChange,
    readonly caller: Caller,
  ) {
    super();
  }
}

/** The states in which each change has had its effect, now or before. */
const EFFECT_HOLDS: Readonly<Record<ReservationChange['kind'], readonly ReservationStatus[]>> = {
  confirm: ['confirmed', 'partly-fulfilled', 'fulfilled'],
  cancel: ['cancelled'],
  fulfil: ['partly-fulfilled', 'fulfilled'],
};

@CommandHandler(ChangeReservation)
export class ChangeReservationHandler implements ICommandHandler<ChangeReservation> {
  constructor(
    @Inject(StockTransactor) private readonly streams: StockTransactor,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ reservationId: id, change, caller }: ChangeReservation): Promise<ReservationAnswer | Rejected> {
    const address = holdAddressOf(id);
    if (address === undefined) return unknownReservation(id);
    const outcome = await this.streams.execute(stockStream(address.key), toCommand(address, change), caller);
    const answer = await readReservation(this.streams, address, this.clock.now());
    if (answer === undefined) return unknownReservation(id);
    return refusalOf(change, outcome, answer) ?? answer;
  }
}

function toCommand(address: HoldAddress, change: ReservationChange): StockCommand {
  const { reference } = address;
  switch (change.kind) {
    case 'confirm':
      return { type: 'confirm-hold', reference };
    case 'cancel':
      return { type: 'cancel-hold', reference };
    case 'fulfil': {
      const { kind: _, ...what } = change;
      return { type: 'fulfil-hold', reference, reservationId: reservationId(address), ...what };
    }
  }
}

/** The present state decides, not the outcome alone: a hold confirmed once and cancelled since is not confirmed. */
function refusalOf(
  change: ReservationChange,
  outcome: Outcome<StockEvent>,
  { reservation }: ReservationAnswer,
): Rejected | undefined {
  const { status } = reservation;
  if (outcome.status === 'rejected' && outcome.rejection.code !== 'reservation-ended') return outcome.rejection;
  if (change.kind === 'fulfil') return fulfilRefusal(change, outcome, status);
  if (outcome.status === 'done' && outcome.events.length > 0) return undefined;
  return EFFECT_HOLDS[change.kind].includes(status) ? undefined : ended(status);
}

function fulfilRefusal(
  change: Extract<ReservationChange, { kind: 'fulfil' }>,
  outcome: Outcome<StockEvent>,
  status: ReservationStatus,
): Rejected | undefined {
  if (outcome.status === 'rejected') return ended(status);
  if (outcome.status === 'done' || change.quantity === undefined) return undefined;
  const { event } = outcome.recorded;
  if (event.type === 'Sold' && event.quantity === change.quantity) return undefined;
  return new Rejected('id-reused', 'This id stands for another fulfilment.', { id: change.id });
}

const ended = (status: ReservationStatus): Rejected =>
  new Rejected('reservation-ended', `The reservation is ${status}.`, { state: status });

const unknownReservation = (id: string): Rejected =>
  new Rejected('unknown-reservation', 'There is no reservation with this id.', { id });
