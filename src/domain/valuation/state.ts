import type { CostRate } from '../values/unit-cost.js';
import type { AccountRole } from './accounts.js';

/** The goods of one SKU at one location, all dispositions together. Value and quantity have the same sign. */
export interface Holding {
  readonly quantity: number;
  /** In minor units of the currency of the last cost; exactly 0 when there are no goods. */
  readonly value: bigint;
}

export interface ValuationState extends Holding {
  /** Cost per unit of the last stock that was there, else that of the last receipt; null until one is known. */
  readonly lastCost: CostRate | null;
  /** Units moved before any cost was known, in (+) or out (-), by the account that waits for their value. */
  readonly uncosted: ReadonlyMap<AccountRole, number>;
  /** Revision in the stock stream of the last movement valued. */
  readonly sourceRevision: number;
}

export const NO_VALUATION: ValuationState = {
  quantity: 0,
  value: 0n,
  lastCost: null,
  uncosted: new Map(),
  sourceRevision: -1,
};
