import type { JournalLine, LineDimensions } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';

/** What all lines of one kind sum up to in one month. */
export interface LineSum {
  /** With the sum as its amount. */
  readonly line: JournalLine;
  readonly currency: Currency;
  /** `YYYY-MM` */
  readonly month: string;
}

type Line = [JournalLine['role'], JournalLine['location'], string | null, string | null, Currency, string];
/** With its account where the line names one. */
type Key = Line | [...Line, string];

/**
 * Sums of journal lines by role, location, dimensions, currency and month: all that an account of any chart may be told
 * by, and by the account where a line names one. As many as there are of these together, however many lines are added.
 */
export class LineSums {
  private readonly sums = new Map<string, bigint>();

  /** @param day `YYYY-MM-DD` or its month */
  add({ role, location, amount, dimensions, account }: JournalLine, currency: Currency, day: string): void {
    const { class: skuClass = null, reason = null } = dimensions ?? {};
    const of: Line = [role, location, skuClass, reason, currency, day.slice(0, 7)];
    const key: Key = account === undefined ? of : [...of, account];
    const name = JSON.stringify(key);
    this.sums.set(name, (this.sums.get(name) ?? 0n) + amount);
  }

  *[Symbol.iterator](): Generator<LineSum> {
    for (const [name, amount] of this.sums) yield lineSum(name, amount);
  }

  /** `YYYY-MM` of all there are. */
  *months(): Generator<string> {
    for (const { month } of this) yield month;
  }

  /** What {@link restore} takes, without line ends. */
  *lines(): Generator<string> {
    for (const [name, amount] of this.sums) yield `${amount} ${name}`;
  }

  restore(line: string): void {
    const blank = line.indexOf(' ');
    this.sums.set(line.slice(blank + 1), BigInt(line.slice(0, blank)));
  }
}

function lineSum(name: string, amount: bigint): LineSum {
  const [role, location, skuClass, reason, currency, month, account] = JSON.parse(name) as Key;
  const dimensions: LineDimensions = {
    ...(skuClass === null ? {} : { class: skuClass }),
    ...(reason === null ? {} : { reason }),
  };
  const line = { role, location, amount, ...(account === undefined ? {} : { account }) };
  return { line: skuClass === null && reason === null ? line : { ...line, dimensions }, currency, month };
}
