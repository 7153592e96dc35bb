import { storedCurrency } from '../../../domain/values/currency.js';
import { formatMoney } from '../../../domain/values/money.js';
import type { ErpBalance } from '../../../ports/erp.js';
import { type JournalAmount, TRANSACTION_END } from './transaction.js';

/** What every account of a journal holds, and up to which day. */
export class Balances {
  /** The newest date of any transaction; undefined when there is none. */
  newestDate: string | undefined;
  private readonly sums = new Map<string, { debit: bigint; credit: bigint }>();

  add(date: string, amounts: readonly JournalAmount[]): void {
    if (this.newestDate === undefined || date > this.newestDate) this.newestDate = date;
    for (const { account, currency, minor } of amounts) {
      const name = `${account} ${currency}`;
      const sum = this.sums.get(name) ?? { debit: 0n, credit: 0n };
      if (minor > 0n) sum.debit += minor;
      else sum.credit -= minor;
      this.sums.set(name, sum);
    }
  }

  /** By account and currency, in the order of their names. */
  list(): readonly ErpBalance[] {
    return [...this.sums.keys()].sort().map((name) => {
      const [account = '', currency = ''] = name.split(' ');
      return { account, currency: storedCurrency(currency), ...(this.sums.get(name) ?? { debit: 0n, credit: 0n }) };
    });
  }
}

/**
 * A journal that includes another and asserts what its accounts hold: for `hledger check`.
 * @param included path of the other journal @param date `YYYY-MM-DD`, not before its newest transaction
 */
export function assertionsJournal(included: string, date: string, balances: readonly ErpBalance[]): string {
  const lines = balances.map(({ account, currency, debit, credit }) => {
    const held = formatMoney({ minor: debit - credit, currency });
    return `    ${account}  0 ${currency} = ${held} ${currency}`;
  });
  const asserted = lines.length === 0 ? '' : [`${date} Balances`, ...lines].join('\n') + TRANSACTION_END;
  return `; Generated, and newer than the journal it includes.${TRANSACTION_END}include ${included}${TRANSACTION_END}${asserted}`;
}
