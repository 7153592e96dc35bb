import type { DecisionContext } from '../decider.js';
import { Rejected } from '../rejected.js';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { FulfilHold, RecordMovement, ReportedMovement, Reserve, StockCommand } from './commands.js';
import { fulfilmentSaleId } from './commands.js';
import type { Counted, Disposition, ExceptionCode, Movement, Released, StockEvent } from './events.js';
import { DISPOSITIONS, isMovement } from './events.js';
import type { Hold } from './holds.js';
import { hasExpired } from './holds.js';
import type { StockState } from './state.js';
import { evolve, isBefore, movedUnits, onHandChange } from './state.js';

type Context = DecisionContext<StockEvent>;

export function decide(state: StockState, command: StockCommand, context: Context): readonly StockEvent[] | Rejected {
  switch (command.type) {
    case 'record-movement':
      return recordMovement(state, command, context);
    case 'reserve':
      return reserve(state, command, context.now);
    case 'confirm-hold':
      return withHold(state, command.reference, context.now, (hold) =>
        hold.expiresAt === null ? [] : [{ type: 'Confirmed', ...holdFact(command.reference, hold, context.now) }],
      );
    case 'cancel-hold':
      return withHold(state, command.reference, context.now, (hold) => [
        released(command.reference, hold, context.now, 'cancelled'),
      ]);
    case 'fulfil-hold':
      return withHold(state, command.reference, context.now, (hold) => fulfil(state, command, hold, context.now));
  }
}

/** Units that may be promised now: never below 0, however oversold the shelf is. */
export const availableNow = (state: StockState): number => Math.max(0, state.onHand.sellable - state.holds.quantity);

/** The end of every hold whose second has come: written with the next decision, so that no clock can sell it twice. */
export function due(state: StockState, now: Instant, limit: number): readonly StockEvent[] {
  return state.holds
    .expired(now)
    .slice(0, limit)
    .map(([reference, hold]) => released(reference, hold, now, 'expired'));
}

/** A count that comes after newer facts must know them: it keeps what they did. */
export const needsHistory = (state: StockState, command: StockCommand): boolean =>
  command.type === 'record-movement' &&
  command.movement.type === 'Counted' &&
  command.movement.occurredAt <= state.newestFactAt;

function reserve(state: StockState, command: Reserve, now: Instant): readonly StockEvent[] | Rejected {
  const available = availableNow(state);
  if (available < command.quantity) {
    return new Rejected('insufficient', `${command.quantity} requested, ${available} available.`, {
      requested: command.quantity,
      available,
    });
  }
  const { type: _, ...terms } = command;
  return [{ type: 'Reserved', ...terms, occurredAt: now, expiresAt: expiryOf(now, command.ttlSeconds) }];
}

/** A hold lives to a whole second, never shorter than was asked for. */
const expiryOf = (now: Instant, ttlSeconds: number): Instant => Math.ceil(now / 1_000 + ttlSeconds) * 1_000;

function recordMovement(state: StockState, command: RecordMovement, context: Context): readonly StockEvent[] {
  const consumed = command.movement.type === 'Sold' ? consumeHold(state, command, context.now) : [];
  const holdMissing =
    command.movement.type === 'Sold' && command.movement.reservationId !== undefined && consumed.length === 0;
  const afterHold = consumed.reduce(evolve, state);
  return [
    ...consumed,
    recorded(afterHold, command.movement, context.history ?? [], holdMissing ? ['hold-missing'] : []),
  ];
}

/** A sale that names a reservation takes what is left of its hold; what exceeds it is an ordinary sale. */
function consumeHold(state: StockState, command: RecordMovement, now: Instant): readonly StockEvent[] {
  const { movement, hold: reference } = command;
  if (movement.type !== 'Sold' || reference === undefined) return [];
  const hold = state.holds.get(reference);
  if (hold === undefined || hasExpired(hold, now)) return [];
  const quantity = Math.min(hold.quantity, movement.quantity);
  return [
    {
      type: 'Fulfilled',
      ...holdFact(reference, hold, now),
      quantity,
      remaining: hold.quantity - quantity,
      saleId: movement.id,
    },
  ];
}

function fulfil(state: StockState, command: FulfilHold, hold: Hold, now: Instant): readonly StockEvent[] | Rejected {
  const quantity = command.quantity ?? hold.quantity;
  if (quantity > hold.quantity) {
    return new Rejected('fulfil-exceeds-hold', `${quantity} to fulfil, ${hold.quantity} held.`, {
      requested: quantity,
      held: hold.quantity,
    });
  }
  const saleId = fulfilmentSaleId(command.reference, command.id);
  return recordMovement(
    state,
    {
      type: 'record-movement',
      hold: command.reference,
      movement: { type: 'Sold', id: saleId, occurredAt: now, quantity, reservationId: command.reservationId },
    },
    { now },
  );
}

/** The movement as a fact of this stream: what a count had settled, and what a person should know of it. */
function recorded(
  state: StockState,
  movement: ReportedMovement,
  history: readonly StockEvent[],
  known: readonly ExceptionCode[],
): Movement {
  const fact: Movement = movement.type === 'Counted' ? counted(state, movement, history) : movement;
  const settled = settledDispositions(state, fact);
  const placed: Movement = settled.length === 0 ? fact : { ...fact, settledByCount: settled };
  const exceptions = [...known, ...exceptionsOf(state, placed)];
  return exceptions.length === 0 ? placed : { ...placed, exceptions };
}

function settledDispositions(state: StockState, fact: Movement): readonly Disposition[] {
  if (fact.type === 'Counted') return [];
  const moved = movedUnits(fact);
  return DISPOSITIONS.filter((disposition) => {
    const count = state.latestCounts[disposition];
    return moved[disposition] !== undefined && count !== undefined && isBefore(fact, count);
  });
}

function exceptionsOf(state: StockState, fact: Movement): readonly ExceptionCode[] {
  const exceptions: ExceptionCode[] = [];
  if (fact.occurredAt < state.newestFactAt) exceptions.push('late');
  const takesSellable = (onHandChange(fact).sellable ?? 0) < 0;
  const after = evolve(state, fact);
  if (takesSellable && after.onHand.sellable < after.holds.quantity) exceptions.push('oversold');
  return exceptions;
}

/** A count sets stock as of its instant; facts after it stand on top of it, and a newer count stands above it. */
function counted(
  state: StockState,
  count: Extract<ReportedMovement, { type: 'Counted' }>,
  history: readonly StockEvent[],
): Counted {
  const newer = state.latestCounts[count.disposition];
  if (newer !== undefined && isBefore(count, newer)) return { ...count, variance: 0 };
  const movedSince = history
    .filter(isMovement)
    .filter((fact) => isBefore(count, fact))
    .reduce((sum, fact) => sum + (movedUnits(fact)[count.disposition] ?? 0), 0);
  return { ...count, variance: count.counted + movedSince - state.onHand[count.disposition] };
}

function withHold(
  state: StockState,
  reference: ClientId,
  now: Instant,
  act: (hold: Hold) => readonly StockEvent[] | Rejected,
): readonly StockEvent[] | Rejected {
  const hold = state.holds.get(reference);
  if (hold === undefined || hasExpired(hold, now)) {
    return new Rejected('reservation-ended', 'The hold has ended.');
  }
  return act(hold);
}

const holdFact = (reference: ClientId, hold: Hold, now: Instant) => ({
  reference,
  occurredAt: now,
  quantity: hold.quantity,
  expiresAt: hold.expiresAt,
});

const released = (reference: ClientId, hold: Hold, now: Instant, reason: Released['reason']): Released => ({
  type: 'Released',
  ...holdFact(reference, hold, now),
  reason,
});
