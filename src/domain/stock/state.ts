import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { Disposition, HoldEvent, Movement, StockEvent } from './events.js';
import { isMovement } from './events.js';
import { Holds } from './holds.js';

export type OnHand = Readonly<Record<Disposition, number>>;

/** The place of a fact in business time; facts of the same instant go by id. */
export interface FactOrder {
  readonly occurredAt: Instant;
  readonly id: ClientId;
}

/** One SKU at one location, as far as decisions need it. */
export interface StockState {
  readonly onHand: OnHand;
  readonly holds: Holds;
  /** The newest count of each disposition: facts before it no longer change that disposition's stock. */
  readonly latestCounts: Partial<Readonly<Record<Disposition, FactOrder>>>;
  /** The newest business time of any fact so far; before all time when there is none. */
  readonly newestFactAt: Instant;
}

export const NO_STOCK: StockState = {
  onHand: { sellable: 0, quarantine: 0, damaged: 0 },
  holds: Holds.NONE,
  latestCounts: {},
  newestFactAt: Number.NEGATIVE_INFINITY,
};

export function evolve(state: StockState, event: StockEvent): StockState {
  return isMovement(event) ? evolveFact(state, event) : { ...state, holds: evolveHolds(state.holds, event) };
}

function evolveFact(state: StockState, fact: Movement): StockState {
  return {
    ...state,
    onHand: plus(state.onHand, onHandChange(fact)),
    latestCounts: fact.type === 'Counted' ? withCount(state.latestCounts, fact) : state.latestCounts,
    newestFactAt: Math.max(state.newestFactAt, fact.occurredAt),
  };
}

function evolveHolds(holds: Holds, event: HoldEvent): Holds {
  switch (event.type) {
    case 'Reserved':
      return holds.with(event.reference, {
        quantity: event.quantity,
        expiresAt: event.expiresAt,
        ...(event.channel === undefined ? {} : { channel: event.channel }),
      });
    case 'Confirmed':
      return holds.confirm(event.reference);
    case 'Released':
      return holds.without(event.reference);
    case 'Fulfilled':
      return holds.reduceTo(event.reference, event.remaining);
  }
}

/** What a movement does to stock when no count has settled it: the whole meaning of a movement, in one place. */
export function movedUnits(fact: Movement): Partial<OnHand> {
  switch (fact.type) {
    case 'Received':
      return { sellable: fact.quantity };
    case 'Sold':
      return { sellable: -fact.quantity };
    case 'Returned':
      return { [fact.disposition]: fact.quantity };
    case 'Adjusted':
      return { sellable: fact.quantity };
    case 'DispositionMoved':
      return fact.from === fact.to ? {} : { [fact.from]: -fact.quantity, [fact.to]: fact.quantity };
    case 'Counted':
    case 'UnitCostRevised':
      return {};
  }
}

/** What an event did to stock, dispositions settled by a count left out. */
export function onHandChange(fact: Movement): Partial<OnHand> {
  if (fact.type === 'Counted') return { [fact.disposition]: fact.variance };
  const moved = movedUnits(fact);
  if (fact.settledByCount === undefined) return moved;
  const change: Partial<Record<Disposition, number>> = { ...moved };
  for (const disposition of fact.settledByCount) delete change[disposition];
  return change;
}

export const plus = (stock: OnHand, change: Partial<OnHand>): OnHand => ({
  sellable: stock.sellable + (change.sellable ?? 0),
  quarantine: stock.quarantine + (change.quarantine ?? 0),
  damaged: stock.damaged + (change.damaged ?? 0),
});

function withCount(counts: StockState['latestCounts'], fact: FactOrder & { disposition: Disposition }) {
  const latest = counts[fact.disposition];
  if (latest !== undefined && isBefore(fact, latest)) return counts;
  return { ...counts, [fact.disposition]: { occurredAt: fact.occurredAt, id: fact.id } };
}

/** Whether a fact lies before another in business time. */
export const isBefore = (fact: FactOrder, other: FactOrder): boolean =>
  fact.occurredAt < other.occurredAt || (fact.occurredAt === other.occurredAt && fact.id < other.id);
