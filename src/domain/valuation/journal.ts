import type { LocationId } from '../values/identifiers.js';
import { ACCOUNT_ROLES, type AccountRole } from './accounts.js';
import type { JournalLine, LineDimensions } from './events.js';

/** Where the lines of one posting belong. */
export interface JournalPlace {
  readonly location: LocationId;
  /** Where goods in transit come from, when there are any: their value lies there until they arrive. */
  readonly sender?: LocationId;
  readonly dimensions?: LineDimensions;
}

/** Collects the lines of one posting. Every entry has both its sides, so the lines always balance. */
export class Journal {
  private readonly balances = new Map<AccountRole, bigint>();

  /** @param amount in minor units; below 0 it goes the other way. */
  enter(amount: bigint, debit: AccountRole, credit: AccountRole): void {
    this.add(debit, amount);
    this.add(credit, -amount);
  }

  /** Takes over what another one holds. */
  enterAll(other: Journal): void {
    for (const [role, amount] of other.balances) this.add(role, amount);
  }

  get isEmpty(): boolean {
    for (const balance of this.balances.values()) if (balance !== 0n) return false;
    return true;
  }

  /** One line an account, debits and credits netted, always in the same order. */
  lines({ location, sender = location, dimensions }: JournalPlace): readonly JournalLine[] {
    const lines: JournalLine[] = [];
    for (const role of ACCOUNT_ROLES) {
      const amount = this.balances.get(role) ?? 0n;
      if (amount === 0n) continue;
      const line = { role, location: role === 'in-transit' ? sender : location, amount };
      lines.push(dimensions === undefined ? line : { ...line, dimensions });
    }
    return lines;
  }

  private add(role: AccountRole, amount: bigint): void {
    this.balances.set(role, (this.balances.get(role) ?? 0n) + amount);
  }
}
