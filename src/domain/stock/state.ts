import type { StockFigures } from '../availability/promise.js';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import { NO_UNITS, plusUnits, type Units } from '../values/units.js';
import type { Disposition, HoldEvent, Movement, PolicyEvent, StockEvent } from './events.js';
import { isHoldEvent, isMovement, isSupplyEvent } from './events.js';
import { Holds } from './holds.js';
import { Supplies } from './supplies.js';

export type OnHand = Readonly<Record<Disposition, number>>;

/** The place of a fact in business time; facts of the same instant go by id. */
export interface FactOrder {
  readonly occurredAt: Instant;
  readonly id: ClientId;
}

/** What may not be promised, or not to everybody. */
export interface Policy {
  readonly safetyStock: number;
  /** Stock counts as low at or below this; 0 when nobody wants to know. */
  readonly lowStockThreshold: number;
  /** Units kept for each channel. */
  readonly protections: Units<string>;
}

export const NO_POLICY: Policy = { safetyStock: 0, lowStockThreshold: 0, protections: NO_UNITS };

/** One SKU at one location, as far as decisions need it. */
export interface StockState {
  readonly onHand: OnHand;
  readonly holds: Holds;
  readonly supplies: Supplies;
  readonly policy: Policy;
  /** The newest count of each disposition: facts before it no longer change that disposition's stock. */
  readonly latestCounts: Partial<Readonly<Record<Disposition, FactOrder>>>;
  /** The newest business time of any fact so far; before all time when there is none. */
  readonly newestFactAt: Instant;
}

export const NO_STOCK: StockState = {
  onHand: { sellable: 0, quarantine: 0, damaged: 0 },
  holds: Holds.NONE,
  supplies: Supplies.NONE,
  policy: NO_POLICY,
  latestCounts: {},
  newestFactAt: Number.NEGATIVE_INFINITY,
};

export function evolve(state: StockState, event: StockEvent): StockState {
  if (isMovement(event)) return evolveFact(state, event);
  if (isHoldEvent(event)) return { ...state, holds: evolveHolds(state.holds, event) };
  if (isSupplyEvent(event)) return { ...state, supplies: state.supplies.evolve(event) };
  return { ...state, policy: evolvePolicy(state.policy, event) };
}

function evolveFact(state: StockState, fact: Movement): StockState {
  return {
    ...state,
    onHand: plus(state.onHand, onHandChange(fact)),
    latestCounts: fact.type === 'Counted' ? withCount(state.latestCounts, fact) : state.latestCounts,
    newestFactAt: Math.max(state.newestFactAt, fact.occurredAt),
    supplies: evolveSupplies(state.supplies, fact),
  };
}

function evolveSupplies(supplies: Supplies, fact: Movement): Supplies {
  const supplyId = supplyOf(fact);
  return supplyId === undefined ? supplies : supplies.receive(supplyId, 'quantity' in fact ? fact.quantity : 0);
}

export function evolvePolicy(policy: Policy, event: PolicyEvent): Policy {
  switch (event.type) {
    case 'SafetyStockSet':
      return { ...policy, safetyStock: event.quantity, lowStockThreshold: event.lowStockThreshold };
    case 'ProtectionSet': {
      const { channel, quantity } = event;
      const change = quantity - (policy.protections.get(channel) ?? 0);
      return { ...policy, protections: plusUnits(policy.protections, channel, change) };
    }
  }
}

function evolveHolds(holds: Holds, event: HoldEvent): Holds {
  switch (event.type) {
    case 'Reserved':
      return holds.with(event.reference, {
        quantity: event.quantity,
        expiresAt: event.expiresAt,
        since: event.occurredAt,
        ...(event.channel === undefined ? {} : { channel: event.channel }),
        ...(event.neededBy === undefined ? {} : { neededBy: event.neededBy }),
      });
    case 'Confirmed':
      return holds.keep(event.reference, event.extension?.until ?? null);
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
    case 'Dispatched':
      return { sellable: -fact.quantity };
    case 'Arrived':
      return { [fact.disposition]: fact.quantity };
    case 'DispositionMoved':
      return fact.from === fact.to ? {} : { [fact.from]: -fact.quantity, [fact.to]: fact.quantity };
    case 'Counted':
    case 'UnitCostRevised':
      return {};
  }
}

/** The expectation that a movement meets, if it says so. */
export function supplyOf(fact: Movement): ClientId | undefined {
  if (fact.type === 'Received') return fact.supplyId;
  return fact.type === 'Arrived' ? transferSupplyId(fact.transferId) : undefined;
}

/** A transfer is expected at its destination under this id: no client can make the same one, `/` is not theirs. */
export const transferSupplyId = (transferId: ClientId): ClientId => `transfer/${transferId}` as ClientId;

/** The state as promises see it, once what is due has been taken out of it. */
export const figuresOf = ({ onHand, holds, supplies, policy }: StockState): StockFigures => ({
  sellable: onHand.sellable,
  held: holds.quantity,
  heldByChannel: holds.byChannel,
  demand: holds.demand,
  supply: supplies.open,
  safetyStock: policy.safetyStock,
  protections: policy.protections,
});

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
