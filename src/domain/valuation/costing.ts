import type { CostRate } from '../values/unit-cost.js';
import type { Layer, LayerChange } from './layers.js';
import type { CostedReceipt, Holding } from './state.js';

/** What a later cost changes in one receipt, in minor units. */
export interface RevisedReceipt extends CostedReceipt {
  readonly amount: bigint;
}

/** What the methods differ in, while one movement is worked out. Amounts are minor units. */
export interface Costing {
  /** What so many units of the stock cost, were they to leave now. @param units at most what is there */
  costOfStock(stock: Holding, units: number): bigint;
  /** What a unit is taken at that has no cost of its own. @param known that of the last receipt or stock */
  presentCost(stock: Holding, known: CostRate): CostRate;
  /** So many units left the stock. */
  take(units: number): void;
  /** Units came into the stock. */
  add(layer: Layer): void;
  /**
   * The part of a change of what receipts have cost that falls to their units still there, and that they can take.
   * @param parts the change, by receipt; none when no receipt is known @param amount all of them together
   */
  revise(stock: Holding, parts: readonly RevisedReceipt[], amount: bigint): bigint;
  /** Undefined when layers are not kept, or none is different. */
  readonly layerChange: LayerChange | undefined;
}
