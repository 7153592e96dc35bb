import type { Currency } from '../../domain/values/currency.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { ErpBalance, ErpConnector } from '../../ports/erp.js';
import type { StatementRow } from './statement.js';

/** What was posted on an account of the ERP in one month. */
export interface ErpFlow {
  readonly account: string;
  readonly currency: Currency;
  readonly month: string;
  /** Null where the ERP does not keep it. */
  readonly location: LocationId | null;
  /** In minor units: debits less credits. */
  readonly amount: bigint;
}

export interface ErpBooks {
  readonly flows: readonly ErpFlow[];
  /** Whether the ERP tells locations apart. */
  readonly tellsLocations: boolean;
}

/** An account that holds something else in a month than what was delivered for it. */
export interface AccountDiffers {
  readonly account: string;
  readonly currency: Currency;
  readonly month: string;
  /** Null where the ERP does not keep it: then all locations together. */
  readonly location: LocationId | null;
  /** In minor units: debits less credits; with what the ERP has already, and nobody has recorded yet. */
  readonly delivered: bigint;
  readonly erp: bigint;
}

/**
 * Reads what the ERP holds at the end of each of these months, of the one before the first, and of all days: what was
 * posted before them counts in the month before, what was posted after them in the month after.
 * @param months in order
 */
export async function readErpBooks(connector: ErpConnector, months: readonly string[]): Promise<ErpBooks> {
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return { flows: [], tellsLocations: false };
  const flows: ErpFlow[] = [];
  let before: ReadonlyMap<string, bigint> = new Map();
  let tellsLocations = false;
  for (const asOf of [monthAfter(first, -1), ...months, undefined]) {
    const list = (await connector.balances?.(asOf === undefined ? undefined : lastDayOf(asOf))) ?? [];
    tellsLocations ||= list.some(({ location }) => location !== undefined);
    const held = sumsOf(list);
    const month = asOf ?? monthAfter(last, 1);
    for (const name of new Set([...held.keys(), ...before.keys()])) {
      const amount = (held.get(name) ?? 0n) - (before.get(name) ?? 0n);
      const [account, currency, location] = JSON.parse(name) as BalanceName;
      if (amount !== 0n) flows.push({ account, currency, month, location, amount });
    }
    before = held;
  }
  return { flows, tellsLocations };
}

type BalanceName = [string, Currency, LocationId | null];

function sumsOf(balances: readonly ErpBalance[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { account, currency, location = null, debit, credit } of balances) {
    const name = JSON.stringify([account, currency, location] satisfies BalanceName);
    sums.set(name, (sums.get(name) ?? 0n) + debit - credit);
  }
  return sums;
}

type FlowName = [string, Currency, string, LocationId | null];

/** Sums by account, currency, month and, if wanted, location. */
class FlowSums {
  readonly sums = new Map<string, bigint>();

  constructor(private readonly byLocation: boolean) {}

  add({ account, currency, month, location, amount }: ErpFlow): void {
    const name = JSON.stringify([account, currency, month, this.byLocation ? location : null] satisfies FlowName);
    this.sums.set(name, (this.sums.get(name) ?? 0n) + amount);
  }
}

/** On accounts on which something was delivered, whatever the ERP holds otherwise. */
export function compareAccounts(
  rows: readonly StatementRow[],
  { flows, tellsLocations }: ErpBooks,
): readonly AccountDiffers[] {
  const ours = new FlowSums(tellsLocations);
  for (const row of rows) ours.add({ ...row, amount: row.delivered + row.unrecorded });
  const accounts = new Set(rows.map(({ account }) => account));
  const theirs = new FlowSums(tellsLocations);
  for (const flow of flows) if (accounts.has(flow.account)) theirs.add(flow);
  const names = [...new Set([...ours.sums.keys(), ...theirs.sums.keys()])].sort();
  return names.flatMap((name) => {
    const [account, currency, month, location] = JSON.parse(name) as FlowName;
    const [delivered, erp] = [ours.sums.get(name) ?? 0n, theirs.sums.get(name) ?? 0n];
    return delivered === erp ? [] : [{ account, currency, month, location, delivered, erp }];
  });
}

/**
 * What the ERP holds of a row. Undefined where it does not keep locations, and the account has several of ours.
 */
export function erpAmounts(
  rows: readonly StatementRow[],
  { flows, tellsLocations }: ErpBooks,
): (row: StatementRow) => bigint | undefined {
  const theirs = new FlowSums(tellsLocations);
  for (const flow of flows) theirs.add(flow);
  const locations = new Map<string, Set<string>>();
  for (const { account, location } of rows) {
    const known = locations.get(account) ?? new Set<string>();
    locations.set(account, known.add(location));
  }
  return ({ account, currency, month, location }) => {
    if (!tellsLocations && (locations.get(account)?.size ?? 0) > 1) return undefined;
    const name = JSON.stringify([account, currency, month, tellsLocations ? location : null]);
    return theirs.sums.get(name) ?? 0n;
  };
}

/** `YYYY-MM` so many months later. */
function monthAfter(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7);
}

/** `YYYY-MM-DD` of the last day of a month. */
export function lastDayOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}
