import type { HoldEvent, StockEvent } from '../stock/events.js';
import { isMovement } from '../stock/events.js';
import type { OnHand } from '../stock/state.js';
import { NO_STOCK, onHandChange, plus } from '../stock/state.js';
import type { Instant } from '../values/instant.js';

/**
 * What availability needs of one SKU at one location: the fold of its stock stream up to `revision`. Held units are
 * kept per expiry instant and the reader subtracts, so that an expiry needs no write.
 */
export interface StockCell {
  readonly revision: number;
  readonly onHand: OnHand;
  /** Units of confirmed holds, which do not expire. */
  readonly heldFirmly: number;
  /** Units of unconfirmed holds by the instant at which they expire; no entry holds 0 units. */
  readonly heldUntil: ReadonlyMap<Instant, number>;
}

export const NO_CELL: StockCell = { revision: -1, onHand: NO_STOCK.onHand, heldFirmly: 0, heldUntil: new Map() };

/** Folds the event with the given revision; one that is in the cell already changes nothing. */
export function evolveCell(cell: StockCell, event: StockEvent, revision: number): StockCell {
  if (revision <= cell.revision) return cell;
  return isMovement(event)
    ? { ...cell, revision, onHand: plus(cell.onHand, onHandChange(event)) }
    : { ...cell, revision, ...holdChange(cell, event) };
}

function holdChange(cell: StockCell, event: HoldEvent): Pick<StockCell, 'heldFirmly' | 'heldUntil'> {
  switch (event.type) {
    case 'Reserved':
      return held(cell, event.expiresAt, event.quantity);
    case 'Confirmed': {
      const firm = held(cell, null, event.quantity);
      return { ...firm, ...held({ ...cell, ...firm }, event.expiresAt, -event.quantity) };
    }
    case 'Released':
    case 'Fulfilled':
      return held(cell, event.expiresAt, -event.quantity);
  }
}

function held(
  cell: Pick<StockCell, 'heldFirmly' | 'heldUntil'>,
  expiresAt: Instant | null,
  change: number,
): Pick<StockCell, 'heldFirmly' | 'heldUntil'> {
  if (expiresAt === null) return { heldFirmly: cell.heldFirmly + change, heldUntil: cell.heldUntil };
  const heldUntil = new Map(cell.heldUntil);
  const units = (heldUntil.get(expiresAt) ?? 0) + change;
  if (units === 0) heldUntil.delete(expiresAt);
  else heldUntil.set(expiresAt, units);
  return { heldFirmly: cell.heldFirmly, heldUntil };
}

/** Units held at an instant: confirmed holds and those that have not expired by then. */
export function reservedAt(cell: StockCell, now: Instant): number {
  let units = cell.heldFirmly;
  for (const [expiresAt, quantity] of cell.heldUntil) if (expiresAt > now) units += quantity;
  return units;
}

/** Units that may be promised at an instant, never below 0. */
export const availableAt = (cell: StockCell, now: Instant): number =>
  Math.max(0, cell.onHand.sellable - reservedAt(cell, now));
