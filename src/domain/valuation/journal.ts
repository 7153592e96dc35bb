import type { LocationId } from '../values/identifiers.js';
import { ACCOUNT_ROLES, type AccountRole } from './accounts.js';
import type { JournalLine } from './events.js';

/** Collects the lines of one posting. Every entry has both its sides, so the lines always balance. */
export class Journal {
  private readonly balances = new Map<AccountRole, bigint>();

  /** @param amount in minor units; below 0 it goes the other way. */
  enter(amount: bigint, debit: AccountRole, credit: AccountRole): void {
    this.add(debit, amount);
    this.add(credit, -amount);
  }

  get isEmpty(): boolean {
    for (const balance of this.balances.values()) if (balance !== 0n) return false;
    return true;
  }

  private balance(role: AccountRole): bigint {
    return this.balances.get(role) ?? 0n;
  }

  /**
   * One line an account, debits and credits netted, always in the same order.
   * @param sender where goods in transit come from: their value lies there until they arrive
   */
  lines(location: LocationId, sender: LocationId = location): readonly JournalLine[] {
    const lines: JournalLine[] = [];
    for (const role of ACCOUNT_ROLES) {
      const amount = this.balance(role);
      if (amount !== 0n) lines.push({ role, location: role === 'in-transit' ? sender : location, amount });
    }
    return lines;
  }

  private add(role: AccountRole, amount: bigint): void {
    this.balances.set(role, this.balance(role) + amount);
  }
}
