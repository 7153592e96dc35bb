import { Rejected } from '../../domain/rejected.js';
import { type ReservationStatus, reservationAfter, reservationNow } from '../../domain/reservation/reservation.js';
import { type HoldAddress, reservationId } from '../../domain/reservation/reservation-id.js';
import type { HoldCommand } from '../../domain/stock/commands.js';
import type { StockEvent } from '../../domain/stock/events.js';
import { stockStream } from '../../domain/values/identifiers.js';
import { hasMoved, type ReservationAnswer } from '../../streams/reservation-reader.js';
import type { Caller, Outcome } from '../../streams/stream-kind.js';
import type { CartDesk } from './cart-desk.js';
import { UNKNOWN } from './change-cart.js';
import type { RequestedChange } from './requested-change.js';

/** What is done to a single-line reservation in its stock stream alone. */
export type HoldChange = Extract<RequestedChange, { kind: 'confirm' | 'cancel' | 'extend' | 'fulfil' }>;

export const isHoldChange = (change: RequestedChange): change is HoldChange =>
  change.kind !== 'move' && change.kind !== 'refuse';

/** The states in which each change has had its effect, now or before. */
const EFFECT_HOLDS: Readonly<Record<HoldChange['kind'], readonly ReservationStatus[]>> = {
  confirm: ['confirmed', 'partly-fulfilled', 'fulfilled'],
  cancel: ['cancelled'],
  extend: ['held', 'confirmed', 'partly-fulfilled', 'fulfilled', 'cancelled', 'expired'],
  fulfil: ['partly-fulfilled', 'fulfilled'],
};

/** One append, and the answer from what it appended; 'moved' when the reservation lives elsewhere by now. */
export async function changeHold(
  { stock, reader, clock }: CartDesk,
  address: HoldAddress,
  change: HoldChange,
  caller: Caller,
): Promise<ReservationAnswer | Rejected | 'moved'> {
  const { key } = address;
  const command = toCommand(address, change);
  if (command instanceof Rejected) return command;
  const outcome = await stock.execute(stockStream(key), command, caller);
  const first = outcome.status === 'done' ? outcome.events[0]?.event : undefined;
  if (outcome.status === 'done' && isHoldEnd(first)) {
    const reserved = await reader.reserved(address);
    if (reserved === undefined) return UNKNOWN;
    return { reservation: reservationAfter(key, reserved, first), position: outcome.position };
  }
  const hold = await reader.hold(address);
  if (hold === undefined) return UNKNOWN;
  if (hasMoved(hold)) return 'moved';
  const reservation = reservationNow(key, hold.reserved, hold.fate, clock.now());
  return refusalOf(change, outcome, reservation.status) ?? { reservation, position: hold.position };
}

const isHoldEnd = (event: StockEvent | undefined) =>
  event?.type === 'Confirmed' || event?.type === 'Released' || event?.type === 'Fulfilled';

function toCommand(address: HoldAddress, change: HoldChange): HoldCommand | Rejected {
  const { reference } = address;
  switch (change.kind) {
    case 'confirm':
      return { type: 'confirm-hold', reference };
    case 'cancel':
      return { type: 'cancel-hold', reference };
    case 'extend':
      return { type: 'extend-hold', reference, id: change.id, ttlSeconds: change.ttlSeconds };
    case 'fulfil': {
      const quantity = wantedHere(address, change);
      if (quantity instanceof Rejected) return quantity;
      const { id } = change;
      const command = { type: 'fulfil-hold', id, reference, reservationId: reservationId(address) } as const;
      return quantity === undefined ? command : { ...command, quantity };
    }
  }
}

/** Units wanted of the one line there is; undefined for all that is left. */
function wantedHere({ key }: HoldAddress, { wanted }: Extract<HoldChange, { kind: 'fulfil' }>) {
  const other = wanted?.find(({ sku, location }) => sku !== key.sku || (location ?? key.location) !== key.location);
  if (other === undefined) return wanted?.reduce((sum, { quantity }) => sum + quantity, 0);
  return new Rejected('unknown-line', `The reservation has no line of ${other.sku} there.`, { sku: other.sku });
}

/** The present state decides, not the outcome alone: a hold confirmed once and cancelled since is not confirmed. */
function refusalOf(change: HoldChange, outcome: Outcome<StockEvent>, status: ReservationStatus): Rejected | undefined {
  if (outcome.status === 'rejected' && outcome.rejection.code === 'reservation-confirmed') {
    return new Rejected('reservation-confirmed', outcome.rejection.detail, { state: status });
  }
  if (outcome.status === 'rejected' && outcome.rejection.code !== 'reservation-ended') return outcome.rejection;
  if (change.kind === 'fulfil' || change.kind === 'extend') return repeatRefusal(change, outcome, status);
  return EFFECT_HOLDS[change.kind].includes(status) ? undefined : ended(status);
}

/** What is asked for under an id that is known has to be the same. */
function repeatRefusal(
  change: Extract<HoldChange, { kind: 'fulfil' | 'extend' }>,
  outcome: Outcome<StockEvent>,
  status: ReservationStatus,
): Rejected | undefined {
  if (outcome.status === 'rejected') return ended(status);
  if (outcome.status === 'done') return undefined;
  const { event } = outcome.recorded;
  const same =
    change.kind === 'extend'
      ? event.type === 'Confirmed' && event.extension?.ttlSeconds === change.ttlSeconds
      : change.wanted === undefined || (event.type === 'Sold' && event.quantity === total(change.wanted));
  return same ? undefined : new Rejected('id-reused', 'This id stands for another change.', { id: change.id });
}

const total = (parts: readonly { readonly quantity: number }[]): number =>
  parts.reduce((sum, { quantity }) => sum + quantity, 0);

const ended = (status: ReservationStatus): Rejected =>
  new Rejected('reservation-ended', `The reservation is ${status}.`, { state: status });
