import { figuresAt, type StockCell } from '../../domain/availability/cell.js';
import {
  availableToPromise,
  type PromiseTerms,
  protectedFrom,
  type StockFigures,
} from '../../domain/availability/promise.js';
import { stateAt } from '../../domain/stock/decide.js';
import { figuresOf, type OnHand, type StockState } from '../../domain/stock/state.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import { sumOf } from '../../domain/values/units.js';

/** One SKU at one location at an instant, wherever it was read. */
export interface CellFigures {
  readonly location: LocationId;
  /** Of the newest event in it. */
  readonly revision: number;
  readonly onHand: OnHand;
  readonly figures: StockFigures;
}

/** What a caller sees of it; `onHand` is sellable units and may be below 0. */
export interface CellView {
  readonly location: LocationId;
  readonly available: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly safetyStock: number;
  readonly protected: number;
  readonly quarantine: number;
  readonly damaged: number;
  readonly inbound: number;
  readonly revision: number;
}

export const figuresOfCell = (location: LocationId, cell: StockCell, now: Instant): CellFigures => ({
  location,
  revision: cell.revision,
  onHand: cell.onHand,
  figures: figuresAt(cell, now),
});

/** The same from the state that decisions use. */
export const figuresOfState = (
  location: LocationId,
  state: StockState,
  revision: number,
  now: Instant,
): CellFigures => ({ location, revision, onHand: state.onHand, figures: figuresOf(stateAt(state, now)) });

export function cellView({ location, revision, onHand, figures }: CellFigures, now: Instant, terms: PromiseTerms = {}) {
  const view: CellView = {
    location,
    available: availableToPromise(figures, now, terms),
    onHand: onHand.sellable,
    reserved: figures.held,
    safetyStock: figures.safetyStock,
    protected: protectedFrom(figures, terms.channel),
    quarantine: onHand.quarantine,
    damaged: onHand.damaged,
    inbound: sumOf(figures.supply),
    revision,
  };
  return view;
}
