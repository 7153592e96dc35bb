import type { DecisionContext } from '../decider.js';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { RecordMovement, ReportedMovement } from './commands.js';
import type { Counted, Disposition, ExceptionCode, ExpectedUnits, Fulfilled, Movement, StockEvent } from './events.js';
import { DISPOSITIONS, isMovement } from './events.js';
import type { Hold } from './holds.js';
import { hasExpired, holdFact } from './holds.js';
import type { StockState } from './state.js';
import { evolve, isBefore, movedUnits, onHandChange, supplyOf } from './state.js';

/** Of the holds that a movement puts at risk it names so many. */
const MAX_AT_RISK = 50;

/** A movement is a fact: it is never refused, only remarked on. */
export function recordMovement(
  state: StockState,
  { movement, holds = [] }: RecordMovement,
  { now, history = [] }: DecisionContext<StockEvent>,
): readonly StockEvent[] {
  if (movement.type !== 'Sold') return [recorded(state, movement, history, [])];
  const consumed = consumeHolds(state, movement, holds, now);
  const holdMissing = movement.reservationId !== undefined && consumed.length === 0;
  const afterHolds = consumed.reduce<StockState>(evolve, state);
  return [...consumed, recorded(afterHolds, movement, history, holdMissing ? ['hold-missing'] : [])];
}

/** A sale that names a reservation takes what is left of its holds; what exceeds them is an ordinary sale. */
function consumeHolds(
  state: StockState,
  sale: Extract<ReportedMovement, { type: 'Sold' }>,
  references: readonly ClientId[],
  now: Instant,
): readonly Fulfilled[] {
  const consumed: Fulfilled[] = [];
  let left = sale.quantity;
  for (const reference of references) {
    const hold = state.holds.get(reference);
    if (left === 0 || hold === undefined || hasExpired(hold, now)) continue;
    const quantity = Math.min(hold.quantity, left);
    left -= quantity;
    const remaining = hold.quantity - quantity;
    consumed.push({ type: 'Fulfilled', ...holdFact(reference, hold, now), quantity, remaining, saleId: sale.id });
  }
  return consumed;
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
  const supplied = suppliedBy(state, fact);
  const placed: Movement = {
    ...fact,
    ...(settled.length === 0 ? {} : { settledByCount: settled }),
    ...(supplied === undefined ? {} : { supplied }),
  };
  return remarkedOn(state, placed, known);
}

function settledDispositions(state: StockState, fact: Movement): readonly Disposition[] {
  if (fact.type === 'Counted') return [];
  const moved = movedUnits(fact);
  return DISPOSITIONS.filter((disposition) => {
    const count = state.latestCounts[disposition];
    return moved[disposition] !== undefined && count !== undefined && isBefore(fact, count);
  });
}

/** What a movement takes from the expectation that it meets. */
function suppliedBy({ supplies }: StockState, fact: Movement): ExpectedUnits | undefined {
  const supplyId = supplyOf(fact);
  if (supplyId === undefined || !('quantity' in fact)) return undefined;
  const open = supplies.openOf(supplyId);
  return open.quantity === 0 ? undefined : { ...open, quantity: Math.min(open.quantity, fact.quantity) };
}

function remarkedOn(state: StockState, fact: Movement, known: readonly ExceptionCode[]): Movement {
  const late = fact.occurredAt < state.newestFactAt;
  const takesSellable = (onHandChange(fact).sellable ?? 0) < 0;
  const after = takesSellable ? evolve(state, fact) : state;
  const missing = after.holds.quantity - after.onHand.sellable;
  const oversold = takesSellable && missing > 0;
  if (known.length === 0 && !late && !oversold) return fact;
  const exceptions: ExceptionCode[] = [...known];
  if (late) exceptions.push('late');
  if (oversold) exceptions.push('oversold');
  const atRisk = oversold ? holdsAtRisk(after, missing) : [];
  return { ...fact, exceptions, ...(atRisk.length === 0 ? {} : { atRisk }) };
}

/** The holds that would have to go for the rest to be served: the newest first, confirmed ones last. */
function holdsAtRisk({ holds }: StockState, missing: number): readonly ClientId[] {
  const isFirm = ([, hold]: [ClientId, Hold]) => Number(hold.expiresAt === null);
  const newestFirst = [...holds.entries()].sort((a, b) => isFirm(a) - isFirm(b) || b[1].since - a[1].since);
  const atRisk: ClientId[] = [];
  let units = 0;
  for (const [reference, { quantity }] of newestFirst) {
    if (units >= missing || atRisk.length === MAX_AT_RISK) break;
    atRisk.push(reference);
    units += quantity;
  }
  return atRisk;
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
