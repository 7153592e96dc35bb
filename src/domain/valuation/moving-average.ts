import { share } from '../values/money.js';
import type { CostRate } from '../values/unit-cost.js';
import { costOf } from '../values/unit-cost.js';
import type { Holding } from './state.js';

/** What so many units cost as they leave: the average, and the last known cost for those that were not there. */
export function costOfIssue(holding: Holding, lastCost: CostRate, units: number): bigint {
  const onHand = Math.max(0, holding.quantity);
  const fromStock = Math.min(units, onHand);
  const value = fromStock === 0 ? 0n : share(holding.value, fromStock, onHand);
  return value + costOf(units - fromStock, lastCost);
}

/** What so many units cost as they come in without a cost of their own: those that are missing, what they left at. */
export function costOfEntry(holding: Holding, lastCost: CostRate, units: number): bigint {
  if (holding.quantity > 0) return share(holding.value, units, holding.quantity);
  const missing = Math.min(units, -holding.quantity);
  const value = missing === 0 ? 0n : share(-holding.value, missing, -holding.quantity);
  return value + costOf(units - missing, lastCost);
}

/**
 * What units that had left before they were there turn out to have cost more than assumed (or less, below 0), once
 * so many come in at a cost of their own.
 */
export function trueUp(holding: Holding, units: number, cost: bigint): bigint {
  const covered = Math.min(units, -holding.quantity);
  if (covered <= 0) return 0n;
  return share(cost, covered, units) - share(-holding.value, covered, -holding.quantity);
}
