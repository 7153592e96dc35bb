import type { CostRate } from '../values/unit-cost.js';
import { costOf, rateOfValue } from '../values/unit-cost.js';
import { ACCOUNT_ROLES, type AccountRole } from './accounts.js';
import type { ParkedReason } from './events.js';
import { Journal } from './journal.js';
import { costOfEntry, costOfIssue, trueUp } from './moving-average.js';
import type { Holding, ValuationState } from './state.js';

/**
 * Works out one movement by the moving average: what its goods cost, what is left, and the journal beside it.
 * `settled` marks goods that a count had already accounted for: they move neither quantity nor value of the stock,
 * and shrinkage stands in for inventory.
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
  private uncosted: ReadonlyMap<AccountRole, number>;
  private receiptCost: CostRate | undefined;

  constructor(private readonly before: ValuationState) {
    this.quantity = before.quantity;
    this.value = before.value;
    this.lastCost = before.lastCost;
    this.uncosted = before.uncosted;
  }

  /** Goods leave at the present cost. */
  issue(units: number, contra: AccountRole, settled: boolean): this {
    const cost = this.lastCost === null ? null : costOfIssue(this, this.lastCost, units);
    this.move(-units, cost === null ? null : -cost, contra, settled);
    return this;
  }

  /** Goods come in without a cost of their own: at the present one. */
  enter(units: number, contra: AccountRole, settled: boolean): this {
    const cost = this.lastCost === null ? null : costOfEntry(this, this.lastCost, units);
    this.move(units, cost, contra, settled);
    return this;
  }

  /** Goods come in at a cost of their own; what that changes in the cost of goods already gone is cost of sales. */
  enterAt(cost: bigint, units: number, contra: AccountRole, settled: boolean): this {
    const difference = settled ? 0n : trueUp(this, units, cost);
    this.move(units, cost, contra, settled);
    this.journal.enter(difference, 'cogs', 'inventory');
    this.value -= difference;
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
    this.receiptCost = unitCost;
    return this;
  }

  /** Goods that lay in transit are lost: they never were in this stock. */
  lose(cost: bigint, units: number): this {
    this.journal.enter(cost, 'shrinkage', 'in-transit');
    this.units = units;
    this.cost = cost;
    return this;
  }

  /** The value of the stock changes, never below 0; what it cannot take is cost of sales. */
  revise(amount: bigint): this {
    const floor = -this.value;
    const onStock = this.lastCost === null || this.quantity <= 0 ? 0n : amount < floor ? floor : amount;
    this.journal.enter(onStock, 'inventory', 'revaluation');
    this.journal.enter(amount - onStock, 'cogs', 'revaluation');
    this.value += onStock;
    this.cost = amount < 0n ? -amount : amount;
    return this;
  }

  park(reason: ParkedReason): this {
    this.parked = reason;
    return this;
  }

  /** False when nothing about goods or money is different now. */
  get changed(): boolean {
    return (
      this.parked !== undefined ||
      this.receiptCost !== undefined ||
      this.quantity !== this.before.quantity ||
      this.uncosted !== this.before.uncosted ||
      !this.journal.isEmpty
    );
  }

  state(sourceRevision: number): ValuationState {
    const { quantity, value, uncosted } = this;
    return { quantity, value, lastCost: this.costPerUnit(), uncosted, sourceRevision };
  }

  private costPerUnit(): CostRate | null {
    if (this.lastCost === null) return null;
    const { currency } = this.lastCost;
    if (this.quantity > 0) return rateOfValue({ minor: this.value, currency }, this.quantity);
    return this.receiptCost ?? this.lastCost;
  }

  private move(units: number, value: bigint | null, contra: AccountRole, settled: boolean): void {
    const goods = settled ? 'shrinkage' : 'inventory';
    this.units += Math.abs(units);
    this.cost = value === null ? null : (this.cost ?? 0n) + (value < 0n ? -value : value);
    if (value !== null) this.journal.enter(value, goods, contra);
    else this.uncosted = withUnits(settled ? withUnits(this.uncosted, goods, -units) : this.uncosted, contra, units);
    if (settled) return;
    this.quantity += units;
    this.value += value ?? 0n;
  }

  /** Rounds the running total, so that the parts sum to what all the units together cost. */
  private costEarlierMovements(unitCost: CostRate): void {
    let units = 0;
    let value = 0n;
    for (const role of ACCOUNT_ROLES) {
      units += this.uncosted.get(role) ?? 0;
      const total = costOf(units, unitCost);
      this.journal.enter(total - value, 'inventory', role);
      value = total;
    }
    this.value = value;
    this.lastCost = unitCost;
    this.uncosted = new Map();
  }
}

function withUnits(uncosted: ReadonlyMap<AccountRole, number>, role: AccountRole, change: number) {
  const units = (uncosted.get(role) ?? 0) + change;
  const next = new Map(uncosted);
  if (units === 0) next.delete(role);
  else next.set(role, units);
  return next;
}
