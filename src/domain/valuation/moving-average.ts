import { share } from '../values/money.js';
import { type CostRate, rateOfValue } from '../values/unit-cost.js';
import type { Costing } from './costing.js';
import type { CostedReceipt, Holding } from './state.js';

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

  /** Nobody can tell which units are left, so as many of the receipt's as there can be. */
  revise({ quantity, value }: Holding, receipt: CostedReceipt | null, amount: bigint): bigint {
    if (quantity <= 0) return 0n;
    const part = receipt === null ? amount : share(amount, Math.min(quantity, receipt.units), receipt.units);
    return part < -value ? -value : part;
  }
}
