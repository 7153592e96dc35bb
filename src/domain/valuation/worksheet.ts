import { allotted, share } from '../values/money.js';
import type { CostRate } from '../values/unit-cost.js';
import { costOf, rateOfValue } from '../values/unit-cost.js';
import { ACCOUNT_ROLES, type AccountRole } from './accounts.js';
import type { Costing } from './costing.js';
import { costingOf } from './costing-methods.js';
import type { ParkedReason } from './events.js';
import { Journal } from './journal.js';
import { BEFORE_ANY_COST, type LayerChange } from './layers.js';
import type { CostedReceipt, Holding, ValuationState, ValuationSummary } from './state.js';

/**
 * Works out one movement: what its goods cost, what is left, and the journal beside it. `settled` marks goods that the
 * value of the stock leaves out, as a count had already accounted for them: they move neither quantity nor value of
 * the stock, and shrinkage stands in for inventory.
 */
export class Worksheet implements Holding {
  quantity: number;
  value: bigint;
  lastCost: CostRate | null;
  /** Units that the movement speaks of, without sign. */
  units = 0;
  /** What these units are valued at, without sign; null when no cost is known. */
  cost: bigint | null = null;
  parked: ParkedReason | undefined;
  readonly journal = new Journal();
  /** What the movement changes in the cost of goods that moved before it. */
  readonly corrections = new Journal();
  private uncosted: ReadonlyMap<AccountRole, number>;
  private newestReceipt: CostedReceipt | null;
  private readonly costing: Costing;

  /** @param source revision of the movement in the stock stream */
  constructor(
    private readonly before: ValuationState,
    private readonly source: number,
  ) {
    this.quantity = before.quantity;
    this.value = before.value;
    this.lastCost = before.lastCost;
    this.uncosted = before.uncosted;
    this.newestReceipt = before.newestReceipt;
    this.costing = costingOf(before);
  }

  /** Goods leave at what they cost, those that were not there at the last cost. */
  issue(units: number, contra: AccountRole, settled: boolean): this {
    const fromStock = this.inStock(units);
    const rate = this.presentCost();
    const ofStock = rate === null || fromStock === 0 ? 0n : this.costing.costOfStock(this, fromStock);
    const cost = rate === null ? null : ofStock + costOf(units - fromStock, rate);
    this.move(-units, cost === null ? null : -cost, contra, settled);
    return this;
  }

  /** Goods come in without a cost of their own: those that are missing at what they left at, others at the present. */
  enter(units: number, contra: AccountRole, settled: boolean): this {
    const rate = this.presentCost();
    const missing = Math.min(units, Math.max(0, -this.quantity));
    const ofMissing = rate === null || missing === 0 ? 0n : share(this.value, missing, this.quantity);
    const cost = rate === null ? null : ofMissing + costOf(units - missing, rate);
    this.move(units, cost, contra, settled);
    return this;
  }

  /** Goods come in at a cost of their own; what that changes in the cost of goods already gone is cost of sales. */
  enterAt(cost: bigint, units: number, contra: AccountRole, settled: boolean): this {
    const correction = settled ? 0n : this.trueUp(units, cost);
    this.corrections.enter(correction, 'cogs', 'inventory');
    this.move(units, cost, contra, settled, correction);
    return this;
  }

  /** Goods come in from a supplier. */
  receive(units: number, unitCost: CostRate, settled: boolean): this {
    return this.bring(costOf(units, unitCost), units, unitCost, 'grni', settled);
  }

  /** Goods come in, and with them news of what they cost. The first cost also values what moved before it. */
  bring(cost: bigint, units: number, unitCost: CostRate, contra: AccountRole, settled: boolean): this {
    if (this.lastCost === null) this.costEarlierMovements(unitCost);
    this.enterAt(cost, units, contra, settled);
    this.lastCost = unitCost;
    this.newestReceipt = { revision: this.source, units };
    return this;
  }

  /** Goods that lay in transit are lost: they never were in this stock. */
  lose(cost: bigint, units: number): this {
    this.journal.enter(cost, 'shrinkage', 'in-transit');
    this.units = units;
    this.cost = cost;
    return this;
  }

  /**
   * Receipts turn out to have cost more, or less, each by its units: what falls to those still there changes the value
   * of the stock, never below 0, and the rest is cost of sales. @param named the newest receipt when there is none
   */
  revise(amount: bigint, named: readonly CostedReceipt[]): this {
    const { newestReceipt } = this;
    const receipts = named.length === 0 && newestReceipt !== null ? [newestReceipt] : named;
    const amounts = allotted(
      amount,
      receipts.map(({ units }) => units),
    );
    const parts = receipts.map((receipt, index) => ({ ...receipt, amount: amounts[index] ?? 0n }));
    const onStock = this.lastCost === null ? 0n : this.costing.revise(this, parts, amount);
    this.journal.enter(onStock, 'inventory', 'revaluation');
    this.journal.enter(amount - onStock, 'cogs', 'revaluation');
    this.value += onStock;
    this.cost = amount < 0n ? -amount : amount;
    const ofNewest = parts.find(({ revision }) => revision === newestReceipt?.revision);
    if (ofNewest !== undefined) this.reviseLastCost(ofNewest.amount);
    return this;
  }

  park(reason: ParkedReason): this {
    this.parked = reason;
    return this;
  }

  /** Undefined when layers are not kept, or none is different. */
  get layerChange(): LayerChange | undefined {
    return this.costing.layerChange;
  }

  /** False when nothing about goods or money is different now. */
  get changed(): boolean {
    return (
      this.parked !== undefined ||
      this.newestReceipt !== this.before.newestReceipt ||
      this.quantity !== this.before.quantity ||
      this.uncosted !== this.before.uncosted ||
      !this.journal.isEmpty
    );
  }

  state(): ValuationSummary {
    const { quantity, value, uncosted, newestReceipt } = this;
    const { terms } = this.before;
    return {
      terms,
      quantity,
      value,
      lastCost: this.presentCost(),
      uncosted,
      newestReceipt,
      sourceRevision: this.source,
    };
  }

  private presentCost(): CostRate | null {
    return this.lastCost === null ? null : this.costing.presentCost(this, this.lastCost);
  }

  /** So many of the units as are there. */
  private inStock(units: number): number {
    return Math.min(units, Math.max(0, this.quantity));
  }

  /** What units that left before they were there turn out to have cost more than assumed; less, below 0. */
  private trueUp(units: number, cost: bigint): bigint {
    const covered = Math.min(units, -this.quantity);
    return covered <= 0 ? 0n : share(cost, covered, units) - share(this.value, covered, this.quantity);
  }

  /** @param correction the part of the value that goods already gone had cost */
  private move(units: number, value: bigint | null, contra: AccountRole, settled: boolean, correction = 0n): void {
    const goods = settled ? 'shrinkage' : 'inventory';
    this.units += Math.abs(units);
    this.cost = value === null ? null : (this.cost ?? 0n) + (value < 0n ? -value : value);
    if (value !== null) this.journal.enter(value, goods, contra);
    else this.uncosted = withUnits(settled ? withUnits(this.uncosted, goods, -units) : this.uncosted, contra, units);
    if (settled) return;
    const wasEmpty = this.quantity <= 0;
    const taken = units < 0 && value !== null ? this.inStock(-units) : 0;
    if (taken > 0) this.costing.take(taken);
    this.quantity += units;
    this.value += (value ?? 0n) - correction;
    if (units < 0 || value === null || this.quantity <= 0) return;
    // All there is on a shelf that was empty came just now.
    const layer = wasEmpty ? { units: this.quantity, value: this.value } : { units, value };
    this.costing.add({ source: this.source, ...layer });
  }

  /** Rounds the running total, so that the parts sum to what all the units together cost. */
  private costEarlierMovements(unitCost: CostRate): void {
    let units = 0;
    let value = 0n;
    for (const role of ACCOUNT_ROLES) {
      units += this.uncosted.get(role) ?? 0;
      const total = costOf(units, unitCost);
      this.corrections.enter(total - value, 'inventory', role);
      value = total;
    }
    this.value = value;
    this.lastCost = unitCost;
    this.uncosted = new Map();
    if (this.quantity > 0) this.costing.add({ source: BEFORE_ANY_COST, units: this.quantity, value });
  }

  /** Whatever is sold before the next receipt comes is taken at what the newest one has turned out to cost. */
  private reviseLastCost(amount: bigint): void {
    const { lastCost, newestReceipt, before } = this;
    if (lastCost === null || newestReceipt === null || before.terms.method !== 'fifo') return;
    const minor = costOf(newestReceipt.units, lastCost) + amount;
    this.lastCost = rateOfValue({ minor: minor < 0n ? 0n : minor, currency: lastCost.currency }, newestReceipt.units);
  }
}

function withUnits(uncosted: ReadonlyMap<AccountRole, number>, role: AccountRole, change: number) {
  const units = (uncosted.get(role) ?? 0) + change;
  const next = new Map(uncosted);
  if (units === 0) next.delete(role);
  else next.set(role, units);
  return next;
}
