import type { JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import type { ErpConnector, ErpEntry } from '../../ports/erp.js';
import type { AccountMonth, KnownPosting } from './deliveries-check.js';

/** An account that holds something else at the end of a month than what was delivered by then. */
export interface AccountDiffers {
  readonly account: string;
  readonly currency: Currency;
  /** `YYYY-MM`: the first month at whose end they differ. */
  readonly month: string;
  /** In minor units: debits less credits, up to the end of the month. */
  readonly delivered: bigint;
  readonly erp: bigint;
}

/** A posting that the ERP holds otherwise than it was delivered. */
export interface EntryDiffers extends StockKey {
  readonly ref: string;
  readonly what: 'missing' | 'other-date' | 'other-lines';
  readonly date: string;
  readonly currency: Currency;
  readonly erpDate: string | null;
  readonly lines: readonly { readonly account: string; readonly delivered: bigint; readonly erp: bigint }[];
  readonly source: KnownPosting['source'];
}

/** Accounts on which something was delivered, compared month by month; each is named once. */
export async function compareAccounts(
  connector: ErpConnector,
  months: readonly AccountMonth[],
): Promise<readonly AccountDiffers[] | undefined> {
  if (connector.balances === undefined) return undefined;
  const names = [...new Set(months.map(({ month }) => month))].sort();
  const delivered = new Map<string, Omit<AccountDiffers, 'month' | 'erp'>>();
  const differing = new Map<string, AccountDiffers>();
  for (const month of names) {
    for (const one of months.filter((each) => each.month === month)) {
      const { account, currency, balance } = one;
      const before = delivered.get(nameOf(one))?.delivered ?? 0n;
      delivered.set(nameOf(one), { account, currency, delivered: before + balance });
    }
    const held = new Map(
      (await connector.balances(lastDayOf(month))).map((balance) => [nameOf(balance), balance.debit - balance.credit]),
    );
    for (const [name, account] of delivered) {
      const erp = held.get(name) ?? 0n;
      if (erp !== account.delivered && !differing.has(name)) differing.set(name, { ...account, month, erp });
    }
  }
  return [...differing.values()];
}

/** What the ERP holds otherwise under the refs of these postings. */
export async function compareEntries(
  connector: ErpConnector,
  postings: readonly KnownPosting[],
  accountOf: (line: JournalLine) => string,
): Promise<readonly EntryDiffers[]> {
  if (connector.entries === undefined) return [];
  const entries = await connector.entries(postings.map(({ ref }) => ref));
  return postings.flatMap((posting) => difference(posting, entries.get(posting.ref), accountOf) ?? []);
}

function difference(
  posting: KnownPosting,
  entry: ErpEntry | undefined,
  accountOf: (line: JournalLine) => string,
): EntryDiffers | undefined {
  const { ref, sku, location, date, currency, source } = posting;
  // What has no lines needs no entry.
  if (posting.lines.length === 0) return undefined;
  const said = sumsOf(posting.lines.map((line) => ({ account: accountOf(line), amount: line.amount })));
  const held = sumsOf(entry?.lines ?? []);
  const lines = [...new Set([...said.keys(), ...held.keys()])]
    .map((account) => ({ account, delivered: said.get(account) ?? 0n, erp: held.get(account) ?? 0n }))
    .filter((line) => line.delivered !== line.erp);
  const what = entry === undefined ? 'missing' : lines.length > 0 ? 'other-lines' : 'other-date';
  if (what === 'other-date' && entry?.date === date) return undefined;
  const { revision, type, movementId } = source;
  const erpDate = entry?.date ?? null;
  return { ref, sku, location, what, date, currency, erpDate, lines, source: { revision, type, movementId } };
}

function sumsOf(lines: ErpEntry['lines']): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { account, amount } of lines) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return sums;
}

const nameOf = ({ account, currency }: { readonly account: string; readonly currency: Currency }): string =>
  `${account} ${currency}`;

/** `YYYY-MM-DD` of the last day of a month. */
function lastDayOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}
