import { ChartAccounts, chartOf } from '../../src/adapters/erp/chart.js';
import type { Currency } from '../../src/domain/values/currency.js';
import type { ErpBalance, ErpEntry, ErpMovement } from '../../src/ports/erp.js';
import { TrialErp } from '../projections/erp-delivery/trial-erp.js';

export const CHART = chartOf({
  name: 'trial',
  version: 1,
  accounts: {
    inventory: '1400',
    'in-transit': '1450',
    grni: '2150',
    'returns-clearing': '2160',
    cogs: '5000',
    shrinkage: '5100',
    revaluation: '5200',
  },
});
export const ACCOUNTS = new ChartAccounts(new Map([['trial', CHART]]));
const GBP = 'GBP' as Currency;

/** An ERP that can be asked what it holds, and whose books somebody else may write into. */
export class Ledger extends TrialErp {
  readonly others: { readonly date: string; readonly account: string; readonly amount: bigint }[] = [];
  keepsLocations = false;
  /** Called whenever balances have been read, before they are told. */
  whenRead: () => void | Promise<void> = () => {};

  override async balances(asOf = '9999-12-31'): Promise<readonly ErpBalance[]> {
    const sums = new Map<string, ErpBalance>();
    for (const { date, account, amount, location } of this.lines()) {
      if (date > asOf) continue;
      const place = this.keepsLocations && location !== undefined ? { location } : {};
      const name = JSON.stringify([account, place]);
      const { debit, credit } = sums.get(name) ?? { debit: 0n, credit: 0n };
      const sides = amount > 0n ? { debit: debit + amount, credit } : { debit, credit: credit - amount };
      sums.set(name, { account, currency: GBP, ...place, ...sides });
    }
    await this.whenRead();
    return [...sums.values()];
  }

  override async entries(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>> {
    const asked = this.booked.filter(({ ref }) => refs.includes(ref));
    return new Map(
      asked.map(({ ref, date, lines }) => [
        ref,
        { date, lines: lines.map((line) => ({ account: ACCOUNTS.accountOf('trial', line), amount: line.amount })) },
      ]),
    );
  }

  protected lines() {
    const ours = this.booked.flatMap(({ ref, date, lines }, entry) =>
      lines.map((line) => ({
        entry: `move ${entry}`,
        ref,
        date,
        account: ACCOUNTS.accountOf('trial', line),
        amount: line.amount,
        location: line.location,
      })),
    );
    const others = this.others.map((line, entry) => ({
      entry: `by hand ${entry}`,
      ref: null,
      ...line,
      location: undefined,
    }));
    return [...ours, ...others];
  }
}

/** A ledger that lists what is on an account, too. */
export class OpenLedger extends Ledger {
  override async movements(account: string, from: string, to: string): Promise<readonly ErpMovement[]> {
    return this.lines()
      .filter((line) => line.account === account && line.date >= from && line.date <= to)
      .map(({ entry, ref, date, amount }) => ({ entry, ref, date, amount, currency: GBP }));
  }
}
