import type { ErpConnector, ErpMovement } from '../../ports/erp.js';
import { type AccountDiffers, lastDayOf } from './erp-books.js';

/** What the ERP has on one account in one month under one ref. */
export interface Held {
  sum: bigint;
  /** What people find it by in the ERP. */
  readonly entries: Set<string>;
}

/** An account and a month that differ, as text. */
export const placeOf = (account: string, day: string): string => `${account} ${day.slice(0, 7)}`;

export const accountAt = (place: string): string => place.slice(0, place.indexOf(' '));

/** What the ERP has on the accounts that differ, in the months in which they do. */
export class ErpLedger {
  /** Of the accounts and months that differ. */
  readonly places: ReadonlySet<string>;
  /** By ref, and then by account and month. */
  private readonly held: ReadonlyMap<string, ReadonlyMap<string, Held>>;

  private constructor(
    accounts: readonly AccountDiffers[],
    /** False where the ERP gives no list. */
    private readonly isTold: boolean,
    readonly lines: readonly (ErpMovement & { readonly account: string; readonly month: string })[],
  ) {
    this.places = new Set(accounts.map(({ account, month }) => placeOf(account, month)));
    this.held = heldSums(lines);
  }

  static async read(connector: ErpConnector, accounts: readonly AccountDiffers[]): Promise<ErpLedger> {
    if (connector.movements === undefined) return new ErpLedger(accounts, false, []);
    const lines: ErpLedger['lines'][number][] = [];
    for (const name of new Set(accounts.map(({ account, month }) => placeOf(account, month)))) {
      const [account = '', month = ''] = name.split(' ');
      const movements = await connector.movements(account, `${month}-01`, lastDayOf(month));
      for (const movement of movements) lines.push({ ...movement, account, month });
    }
    return new ErpLedger(accounts, true, lines);
  }

  has(ref: string): boolean {
    return this.held.has(ref);
  }

  heldOf(ref: string): ReadonlyMap<string, Held> {
    return this.held.get(ref) ?? new Map();
  }

  /**
   * Whether the ERP may hold otherwise what was delivered under a ref, as far as the places that differ tell.
   * @param sums of its lines by account, in minor units
   */
  isSuspect(ref: string, date: string, sums: ReadonlyMap<string, bigint>): boolean {
    const theirs = this.held.get(ref);
    const touched = [...sums].filter(([account]) => this.places.has(placeOf(account, date)));
    if (touched.length === 0) return theirs !== undefined;
    return touched.some(([account, sum]) => !this.isTold || theirs?.get(placeOf(account, date))?.sum !== sum);
  }
}

function heldSums(lines: ErpLedger['lines']): Map<string, Map<string, Held>> {
  const sums = new Map<string, Map<string, Held>>();
  for (const { ref, account, month, amount, entry } of lines) {
    if (ref === null) continue;
    const places = sums.get(ref) ?? new Map<string, Held>();
    sums.set(ref, places);
    const held = places.get(placeOf(account, month)) ?? { sum: 0n, entries: new Set() };
    places.set(placeOf(account, month), held);
    held.sum += amount;
    held.entries.add(entry);
  }
  return sums;
}
