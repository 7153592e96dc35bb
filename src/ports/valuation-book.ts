import type { CostingMethod } from '../domain/master-data/sku.js';
import type { LocationId, StockKey } from '../domain/values/identifiers.js';
import type { Money } from '../domain/values/money.js';
import type { CostRate } from '../domain/values/unit-cost.js';
import type { Position } from './event-store.js';

/** What one SKU at one location is worth: the newest event of its valuation stream. */
export interface ValuationEntry extends StockKey {
  /** All dispositions together, less damaged goods where they are written off; below 0 when more was sold than was there. */
  readonly quantity: number;
  /** In minor units of the currency of the last cost; 0 as long as no cost is known. */
  readonly value: bigint;
  readonly lastCost: CostRate | null;
  readonly method: CostingMethod;
  /** Revision in the valuation stream. */
  readonly revision: number;
}

export interface ValuationProgress {
  /** How far the book is in the store. */
  readonly position: Position;
  /** Every movement up to here is in the book. */
  readonly valuedUpTo: Position;
}

export interface ValuationPageQuery {
  /** `'*'` or the only locations that count. */
  readonly locations: '*' | ReadonlySet<LocationId>;
  /** Entries behind this one, in the order of location and then SKU. */
  readonly after?: StockKey;
  readonly limit: number;
}

export interface ValuationPage {
  readonly entries: readonly ValuationEntry[];
  /** True when there are entries behind the last of these. */
  readonly more: boolean;
  /** The value of all entries that match, one sum a currency, in the order of their codes. */
  readonly totals: readonly Money[];
}

/** The read model of what stock is worth. Rebuildable from the valuation streams at any time. */
export abstract class ValuationBook {
  /**
   * Opens the book for the store with this identity and says how far it is: at the start when there is nothing yet,
   * or when what is there belongs to another store.
   */
  abstract open(storeIdentity: string): Promise<ValuationProgress>;

  /** Writes entries and progress in one step. An entry older than the one that is there is left out. */
  abstract save(entries: readonly ValuationEntry[], progress: ValuationProgress): Promise<void>;

  abstract get(key: StockKey): Promise<ValuationEntry | undefined>;

  abstract page(query: ValuationPageQuery): Promise<ValuationPage>;

  abstract progress(): Promise<ValuationProgress>;

  abstract close(): Promise<void>;
}
