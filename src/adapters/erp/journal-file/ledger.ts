import { open } from 'node:fs/promises';
import { storedCurrency } from '../../../domain/values/currency.js';
import type { LocationId } from '../../../domain/values/identifiers.js';
import type { ErpBalance } from '../../../ports/erp.js';
import { blocks } from './scan.js';
import { type FoundTransaction, readTransaction } from './transaction.js';

interface Sides {
  debit: bigint;
  credit: bigint;
}

type Name = [account: string, currency: string, location: LocationId | null];

/** What a journal says of each account and location, day by day: as it stands in the file, not as it was written. */
export class JournalLedger {
  /** By account, currency and location, then by day. */
  private readonly sums = new Map<string, Map<string, Sides>>();

  static async read(path: string): Promise<JournalLedger> {
    const ledger = new JournalLedger();
    await readJournal(path, (found) => ledger.add(found));
    return ledger;
  }

  /** @param asOf `YYYY-MM-DD`; without it, of all days */
  balances(asOf?: string): readonly ErpBalance[] {
    return [...this.sums].map(([name, days]) => {
      const [account, currency, location] = JSON.parse(name) as Name;
      const place = location === null ? {} : { location };
      const sides = { debit: 0n, credit: 0n };
      for (const [day, { debit, credit }] of days) {
        if (asOf !== undefined && day > asOf) continue;
        sides.debit += debit;
        sides.credit += credit;
      }
      return { account, currency: storedCurrency(currency), ...place, ...sides };
    });
  }

  private add({ date, amounts }: FoundTransaction): void {
    for (const { account, currency, minor, location = null } of amounts) {
      const name = JSON.stringify([account, currency, location] satisfies Name);
      const days = this.sums.get(name) ?? new Map<string, Sides>();
      this.sums.set(name, days);
      const sides = days.get(date) ?? { debit: 0n, credit: 0n };
      days.set(date, sides);
      if (minor > 0n) sides.debit += minor;
      else sides.credit -= minor;
    }
  }
}

/** Every transaction of ours in the file, also those that somebody has changed. */
export async function readJournal(
  path: string,
  take: (found: FoundTransaction, offset: number) => void,
): Promise<void> {
  const file = await open(path);
  try {
    for await (const { text, offset } of blocks(file)) {
      const found = readTransaction(text);
      if (found !== undefined) take(found, offset);
    }
  } finally {
    await file.close();
  }
}
