import { share } from '../values/money.js';
import { type CostRate, rateOfValue } from '../values/unit-cost.js';
import type { Costing, RevisedReceipt } from './costing.js';
import type { Holding } from './state.js';

/** Every unit is worth the same: the value of the stock, shared out. */
export class MovingAverage implements Costing {
  readonly layerChange = undefined;

  costOfStock(stock: Holding, units: number): bigint {
    return share(stock.value, units, stock.quantity);
  }

  presentCost({ quantity, value }: Holding, known: CostRate): CostRate {
    return quantity > 0 ? rateOfValue({ minor: value, currency: known.currency }, quantity) : known;
  }

  take(): void {}

  add(): void {}

  /** Nobody can tell which units are left, so as many of the receipts' as there can be. */
  revise({ quantity, value }: Holding, parts: readonly RevisedReceipt[], amount: bigint): bigint {
    if (quantity <= 0) return 0n;
    const units = parts.reduce((sum, receipt) => sum + receipt.units, 0);
    const part = units === 0 ? amount : share(amount, Math.min(quantity, units), units);
    return part < -value ? -value : part;
  }
}
