import type { Currency } from '../../../domain/values/currency.js';
import { storedCurrency } from '../../../domain/values/currency.js';
import { formatMoney } from '../../../domain/values/money.js';
import { type JournalAmount, TRANSACTION_END } from './transaction.js';

/** What every account of a journal holds, and up to which day. */
export class Balances {
  /** The newest date of any transaction; undefined when there is none. */
  newestDate: string | undefined;
  private readonly sums = new Map<string, bigint>();

  add(date: string, amounts: readonly JournalAmount[]): void {
    if (this.newestDate === undefined || date > this.newestDate) this.newestDate = date;
    for (const { account, currency, minor } of amounts) {
      const name = `${account} ${currency}`;
      this.sums.set(name, (this.sums.get(name) ?? 0n) + minor);
    }
  }

  *[Symbol.iterator](): Generator<{ account: string; minor: bigint; currency: Currency }> {
    for (const [name, minor] of [...this.sums].sort()) {
      const [account = '', currency = ''] = name.split(' ');
      yield { account, minor, currency: storedCurrency(currency) };
    }
  }
}

/** A journal that includes another and asserts what its accounts hold: for `hledger check`. */
export function assertionsJournal(included: string, balances: Balances): string {
  const lines = [...balances].map(
    ({ account, minor, currency }) => `    ${account}  0 ${currency} = ${formatMoney({ minor, currency })} ${currency}`,
  );
  const asserted = lines.length === 0 ? '' : [`${balances.newestDate} Balances`, ...lines].join('\n') + TRANSACTION_END;
  return `; Generated, and newer than the journal it includes.${TRANSACTION_END}include ${included}${TRANSACTION_END}${asserted}`;
}
