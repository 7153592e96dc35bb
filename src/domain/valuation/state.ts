import { List } from 'immutable';
import type { CostRate } from '../values/unit-cost.js';
import type { AccountRole } from './accounts.js';
import { applyLayerChange, type Layer, type LayerChange } from './layers.js';
import { DEFAULT_RULES, type ValuationTerms } from './posting-rules.js';

/** The goods of one SKU at one location that have a value. Value and quantity have the same sign. */
export interface Holding {
  readonly quantity: number;
  /** In minor units of the currency of the last cost; exactly 0 when there are no goods. */
  readonly value: bigint;
}

/** A movement that told what its goods cost: a receipt, or an arrival. */
export interface CostedReceipt {
  /** Of its event in the stock stream. */
  readonly revision: number;
  readonly units: number;
}

/** What every valuation says of the stock after it. */
export interface ValuationSummary extends Holding {
  readonly terms: ValuationTerms;
  /**
   * What a unit is taken at that has no cost of its own; null until a cost is known. By the moving average: the cost
   * per unit of the stock that is there, or was there last. First in, first out: that of the newest receipt.
   */
  readonly lastCost: CostRate | null;
  /** Units moved before any cost was known, in (+) or out (-), by the account that waits for their value. */
  readonly uncosted: ReadonlyMap<AccountRole, number>;
  /** Null until there is one; also behind valuations of rules version 1, which did not note it. */
  readonly newestReceipt: CostedReceipt | null;
  /** Revision in the stock stream of the last movement valued. */
  readonly sourceRevision: number;
}

export interface ValuationState extends ValuationSummary {
  /** First in, first out: what is on hand, oldest first. Its units and values are those of the stock above 0. */
  readonly layers: List<Layer>;
}

/** Before the first movement; the terms are those that the first valuation makes lasting. */
export const noValuation = (terms: ValuationTerms): ValuationState => ({
  terms,
  quantity: 0,
  value: 0n,
  lastCost: null,
  uncosted: new Map(),
  newestReceipt: null,
  sourceRevision: -1,
  layers: List(),
});

export const NO_VALUATION = noValuation({ method: DEFAULT_RULES.costing, damaged: DEFAULT_RULES.damaged });

/** The state behind a valuation. */
export const evolveValuation = (
  { layers }: ValuationState,
  { after, layerChange }: { readonly after: ValuationSummary; readonly layerChange?: LayerChange },
): ValuationState => ({ ...after, layers: layerChange === undefined ? layers : applyLayerChange(layers, layerChange) });
