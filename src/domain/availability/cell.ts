import { Map as PersistentMap } from 'immutable';
import type { ExpectedUnits, HoldEvent, Movement, StockEvent, SupplyEvent } from '../stock/events.js';
import { isHoldEvent, isMovement, isSupplyEvent } from '../stock/events.js';
import type { OnHand, Policy } from '../stock/state.js';
import { evolvePolicy, NO_POLICY, NO_STOCK, onHandChange, plus } from '../stock/state.js';
import { NEVER } from '../stock/supplies.js';
import type { Instant } from '../values/instant.js';
import { NO_UNITS, plusUnits, sumOf, type Units } from '../values/units.js';
import type { StockFigures } from './promise.js';
import { availableToPromise, type PromiseTerms } from './promise.js';

/** Units of all holds that end at the same instant, are needed at the same instant and count for the same channel. */
export interface HeldUnits {
  /** Null for confirmed holds, which do not expire. */
  readonly expiresAt: Instant | null;
  readonly neededBy?: Instant;
  readonly channel?: string;
  readonly quantity: number;
}

/**
 * What availability needs of one SKU at one location: the fold of its stock stream up to `revision`. Held units are
 * kept per expiry instant and the reader subtracts, so that an expiry needs no write.
 */
export interface StockCell {
  readonly revision: number;
  readonly onHand: OnHand;
  /** By {@link heldKey}; no entry holds 0 units. */
  readonly held: PersistentMap<string, HeldUnits>;
  /** Expected units by the instant they are due, {@link NEVER} when nobody knows it. */
  readonly supply: Units<Instant>;
  readonly policy: Policy;
}

export const NO_CELL: StockCell = {
  revision: -1,
  onHand: NO_STOCK.onHand,
  held: PersistentMap(),
  supply: NO_UNITS,
  policy: NO_POLICY,
};

/** Folds the event with the given revision; one that is in the cell already changes nothing. */
export function evolveCell(cell: StockCell, event: StockEvent, revision: number): StockCell {
  if (revision <= cell.revision) return cell;
  if (isMovement(event)) {
    const onHand = plus(cell.onHand, onHandChange(event));
    return { ...cell, revision, onHand, supply: supplyAfter(cell.supply, event) };
  }
  if (isHoldEvent(event)) return { ...cell, revision, held: heldAfter(cell.held, event) };
  if (isSupplyEvent(event)) return { ...cell, revision, supply: supplyChanged(cell.supply, event) };
  return { ...cell, revision, policy: evolvePolicy(cell.policy, event) };
}

function heldAfter(held: StockCell['held'], event: HoldEvent): StockCell['held'] {
  switch (event.type) {
    case 'Reserved':
      return plusHeld(held, event, 1);
    case 'Confirmed':
      return plusHeld(plusHeld(held, event, -1), { ...event, expiresAt: event.extension?.until ?? null }, 1);
    case 'Released':
    case 'Fulfilled':
      return plusHeld(held, event, -1);
  }
}

/** What the units of one entry have in common, as text. */
export const heldKey = ({ expiresAt, neededBy, channel }: Omit<HeldUnits, 'quantity'>): string =>
  `${expiresAt ?? ''}/${neededBy ?? ''}/${channel ?? ''}`;

function plusHeld(held: StockCell['held'], units: HeldUnits, sign: 1 | -1): StockCell['held'] {
  const key = heldKey(units);
  const quantity = (held.get(key)?.quantity ?? 0) + sign * units.quantity;
  if (quantity === 0) return held.delete(key);
  const { expiresAt, neededBy, channel } = units;
  return held.set(key, {
    expiresAt,
    quantity,
    ...(neededBy === undefined ? {} : { neededBy }),
    ...(channel === undefined ? {} : { channel }),
  });
}

const supplyAfter = (supply: Units<Instant>, fact: Movement): Units<Instant> =>
  'supplied' in fact && fact.supplied !== undefined ? plusExpected(supply, fact.supplied, -1) : supply;

function supplyChanged(supply: Units<Instant>, event: SupplyEvent): Units<Instant> {
  switch (event.type) {
    case 'SupplyScheduled':
      return plusExpected(supply, { quantity: event.open, dueAt: event.dueAt }, 1);
    case 'SupplyChanged':
      return plusExpected(plusExpected(supply, event.was, -1), { quantity: event.open, dueAt: event.dueAt }, 1);
    case 'SupplyCancelled':
      return plusExpected(supply, event.was, -1);
  }
}

const plusExpected = (supply: Units<Instant>, { quantity, dueAt }: ExpectedUnits, sign: 1 | -1): Units<Instant> =>
  plusUnits(supply, dueAt ?? NEVER, sign * quantity);

/** Units held at an instant: confirmed holds and those that have not expired by then. */
export function reservedAt(cell: StockCell, now: Instant): number {
  let units = 0;
  for (const { expiresAt, quantity } of cell.held.values())
    if (expiresAt === null || expiresAt > now) units += quantity;
  return units;
}

/** Expected units that have not come, overdue ones and those in transit included. */
export const inboundOf = (cell: StockCell): number => sumOf(cell.supply);

/** The cell as promises see it at an instant. */
export function figuresAt({ onHand, held, supply, policy }: StockCell, now: Instant): StockFigures {
  const { sellable } = onHand;
  const { safetyStock, protections } = policy;
  const figures = { sellable, held: 0, heldByChannel: NO_UNITS, demand: NO_UNITS, supply, safetyStock, protections };
  // Nothing is held of most cells, and to iterate over nothing costs more than the rest of this.
  return held.size === 0 ? figures : withHeld(figures, held, now);
}

function withHeld(figures: StockFigures, all: StockCell['held'], now: Instant): StockFigures {
  let { held, heldByChannel, demand } = figures;
  for (const { expiresAt, neededBy, channel, quantity } of all.values()) {
    if (expiresAt !== null && expiresAt <= now) continue;
    held += quantity;
    if (channel !== undefined) heldByChannel = plusUnits(heldByChannel, channel, quantity);
    if (neededBy !== undefined) demand = plusUnits(demand, neededBy, quantity);
  }
  return { ...figures, held, heldByChannel, demand };
}

/** Units that may be promised, never below 0. */
export const availableAt = (cell: StockCell, now: Instant, terms: PromiseTerms = {}): number =>
  availableToPromise(figuresAt(cell, now), now, terms);
