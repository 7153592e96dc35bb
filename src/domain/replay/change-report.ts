import type { Currency } from '../values/currency.js';
import type { LocationId, Sku, StockKey } from '../values/identifiers.js';
import { formatMoney } from '../values/money.js';

/** Decimal text in a currency: what it is, what it is going to be, and by how much that is more. */
export interface Amounts {
  readonly before: string;
  readonly after: string;
  readonly difference: string;
}

/** Where an amount is booked. */
export interface BookedAt {
  /** As the ERP calls it. */
  readonly account: string;
  readonly location: LocationId;
  readonly currency: Currency;
  /** `YYYY-MM` of the movements' own dates: what is posted for it has another. */
  readonly period: string;
}

/** A posting that a change makes. */
export interface AdjustmentExample {
  readonly ref: string;
  readonly sku: Sku;
  readonly location: LocationId;
  readonly currency: Currency;
  readonly lines: readonly { readonly account: string; readonly amount: string }[];
}

/** What a change of rules or of a chart comes to, as JSON. The same history always gives the same. */
export interface ChangeReport {
  /** Why nothing was done at all; absent when it could be. */
  readonly refused?: string;
  /** SKUs at locations that were looked at. */
  readonly streams: number;
  /** Those of them for which something is posted. */
  readonly changed: number;
  /** What is posted. */
  readonly adjustments: number;
  readonly examples: readonly AdjustmentExample[];
  readonly valueOnHand: readonly ({ readonly currency: Currency } & Amounts)[];
  /** Of the movements concerned, over all locations and periods: accounts that are going to hold something else. */
  readonly accounts: readonly (Pick<BookedAt, 'account' | 'currency'> & Amounts)[];
  readonly lines: readonly (BookedAt & Amounts)[];
  /** So many lines are left out, those that differ least. */
  readonly linesLeftOut: number;
}

const EXAMPLES = 20;
/** Some 200 B each: the report is one event. */
const MOST_LINES = 2_000;

interface Sums {
  before: bigint;
  after: bigint;
}

/** Adds up what a change comes to. */
export class ChangeTally {
  streams = 0;
  private changed = 0;
  private adjustments = 0;
  private readonly examples: AdjustmentExample[] = [];
  private readonly onHand = new Map<Currency, Sums>();
  private readonly sums = new Map<string, Sums>();

  /** What stock is worth, in minor units. */
  addStock(currency: Currency, before: bigint, after: bigint): void {
    plus(this.onHand, currency, before, after);
  }

  addLine({ account, location, currency, period }: BookedAt, before: bigint, after: bigint): void {
    plus(this.sums, [account, location, currency, period].join(' '), before, after);
  }

  /** What is posted for one SKU at one location. */
  addAdjustments(
    { sku, location }: StockKey,
    postings: readonly {
      readonly ref: string;
      readonly currency: Currency;
      readonly lines: readonly { readonly account: string; readonly amount: bigint }[];
    }[],
  ): void {
    if (postings.length > 0) this.changed += 1;
    this.adjustments += postings.length;
    for (const { ref, currency, lines } of postings.slice(0, EXAMPLES - this.examples.length)) {
      const shown = lines.map(({ account, amount: minor }) => ({ account, amount: formatMoney({ minor, currency }) }));
      this.examples.push({ ref, sku, location, currency, lines: shown });
    }
  }

  report(refused?: string): ChangeReport {
    const differing = [...this.sums]
      .filter(([, { before, after }]) => before !== after)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    const accounts = new Map<string, Sums>();
    for (const [name, { before, after }] of this.sums) {
      const { account, currency } = placeOf(name);
      plus(accounts, `${account} ${currency}`, before, after);
    }
    const lines = largest(differing).map(([name, sums]) => {
      const place = placeOf(name);
      return { ...place, ...amountsOf(sums, place.currency) };
    });
    return {
      ...(refused === undefined ? {} : { refused }),
      streams: this.streams,
      changed: this.changed,
      adjustments: this.adjustments,
      examples: this.examples,
      valueOnHand: sorted(this.onHand).map(([currency, sums]) => ({ currency, ...amountsOf(sums, currency) })),
      accounts: sorted(accounts)
        .filter(([, { before, after }]) => before !== after)
        .map(([name, sums]) => {
          const [account = '', currency = ''] = name.split(' ');
          return { account, currency: currency as Currency, ...amountsOf(sums, currency as Currency) };
        }),
      lines,
      linesLeftOut: differing.length - lines.length,
    };
  }
}

function plus<Name>(sums: Map<Name, Sums>, name: Name, before: bigint, after: bigint): void {
  const sum = sums.get(name) ?? { before: 0n, after: 0n };
  sum.before += before;
  sum.after += after;
  sums.set(name, sum);
}

/** None of the parts has a blank in it. */
function placeOf(name: string): BookedAt {
  const [account = '', location = '', currency = '', period = ''] = name.split(' ');
  return { account, location: location as LocationId, currency: currency as Currency, period };
}

function amountsOf({ before, after }: Sums, currency: Currency): Amounts {
  const text = (minor: bigint): string => formatMoney({ minor, currency });
  return { before: text(before), after: text(after), difference: text(after - before) };
}

const sorted = <Name extends string>(sums: ReadonlyMap<Name, Sums>): readonly [Name, Sums][] =>
  [...sums].sort(([one], [other]) => (one < other ? -1 : 1));

/** Those that differ most, in the order in which they came. */
function largest(lines: readonly [string, Sums][]): readonly [string, Sums][] {
  if (lines.length <= MOST_LINES) return lines;
  const size = ([, { before, after }]: [string, Sums]): bigint => (after < before ? before - after : after - before);
  const kept = new Set([...lines].sort((one, other) => Number(size(other) - size(one))).slice(0, MOST_LINES));
  return lines.filter((line) => kept.has(line));
}
