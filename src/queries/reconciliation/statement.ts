import type { JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import { addWorth, type DeliveriesFold } from './deliveries-fold.js';
import type { KnownPosting } from './known-posting.js';
import type { LineSum, LineSums } from './line-sums.js';

/** An account of a connector in one month, at one location. */
export interface StatementKey {
  /** As the ERP calls it. */
  readonly account: string;
  readonly currency: Currency;
  /** `YYYY-MM` */
  readonly month: string;
  readonly location: LocationId;
}

/**
 * How what was valued became what was delivered, in minor units, debits less credits:
 * valued - waiting - parked - writtenOff + redated = delivered.
 */
export interface StatementAmounts {
  valued: bigint;
  /** On its way, tried again, or held back behind a parked one. */
  waiting: bigint;
  parked: bigint;
  writtenOff: bigint;
  /**
   * Delivered on another day than its own: out of one month, into another. And what a new chart has on other accounts
   * now, and the ERP had not then.
   */
  redated: bigint;
  delivered: bigint;
  /** Of what waits: in the ERP already, and not yet recorded as delivered. */
  unrecorded: bigint;
}

export type StatementRow = StatementKey & Readonly<StatementAmounts>;

/** Postings that are open in the same way. */
export class OpenPostings {
  count = 0;
  /** What is at stake with them, in minor units. */
  readonly worth = new Map<Currency, bigint>();
  /** When the oldest of them was recorded; undefined when there is none. */
  oldestAt: Instant | undefined;

  add(posting: KnownPosting): void {
    this.count += 1;
    addWorth(this.worth, posting);
    this.oldestAt = Math.min(this.oldestAt ?? posting.recordedAt, posting.recordedAt);
  }
}

/** Postings added up before others get a turn. */
const SLICE = 5_000;

/** Adds up what goes to the accounts of one connector. */
export class Statement {
  readonly waiting = new OpenPostings();
  readonly parked = new OpenPostings();
  private readonly rows = new Map<string, StatementKey & StatementAmounts>();

  private constructor(private readonly accountOf: (line: JournalLine) => string) {}

  /** Nothing may be folded meanwhile. */
  static async of(
    valued: LineSums,
    fold: DeliveriesFold,
    accountOf: (line: JournalLine) => string,
  ): Promise<Statement> {
    const statement = new Statement(accountOf);
    statement.addAll('valued', valued);
    statement.addAll('valued', fold.reclassified);
    statement.addAll('delivered', fold.delivered);
    statement.addAll('redated', fold.redated);
    statement.addAll('writtenOff', fold.writtenOff);
    let added = 0;
    for (const [posting, standing] of fold.open()) {
      statement.addPosting(standing, posting);
      statement[standing].add(posting);
      added += 1;
      if (added % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return statement;
  }

  addPosting(column: keyof StatementAmounts, { lines, currency, date }: KnownPosting): void {
    for (const line of lines) this.add(column, { line, currency, month: date.slice(0, 7) });
  }

  /** In the order of account, currency, month and location. */
  list(): readonly StatementRow[] {
    return [...this.rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => ({ ...row }));
  }

  private addAll(column: keyof StatementAmounts, sums: LineSums): void {
    for (const sum of sums) this.add(column, sum);
  }

  private add(column: keyof StatementAmounts, { line, currency, month }: LineSum): void {
    const key = { account: this.accountOf(line), currency, month, location: line.location };
    const name = `${key.account} ${currency} ${month} ${key.location}`;
    const row = this.rows.get(name) ?? { ...key, ...NOTHING };
    row[column] += line.amount;
    this.rows.set(name, row);
  }
}

const NOTHING: StatementAmounts = {
  valued: 0n,
  waiting: 0n,
  parked: 0n,
  writtenOff: 0n,
  redated: 0n,
  delivered: 0n,
  unrecorded: 0n,
};

/** What is left over when the parts are taken from what was valued: 0 unless this service is at fault. */
export const notBridged = ({ valued, waiting, parked, writtenOff, redated, delivered }: StatementRow): bigint =>
  valued - waiting - parked - writtenOff + redated - delivered;
