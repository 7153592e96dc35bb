import type { JournalLine, Posting } from '../../valuation/events.js';
import type { LocationId } from '../../values/identifiers.js';

export const SUMMARY_PERIODS = ['day', 'month'] as const;
/** What one entry sums: postings of a day, or of a month. */
export type SummaryPeriod = (typeof SUMMARY_PERIODS)[number];

/** Several postings as one entry, before it has its name. */
export interface Sum extends Omit<Posting, 'ref' | 'parked' | 'reclassification'> {
  readonly location: LocationId;
  /** `YYYY-MM-DD` or `YYYY-MM` */
  readonly period: string;
  /** The postings that it sums, in their order. */
  readonly refs: readonly string[];
}

/** It is on record before it is sent: whatever fails afterwards, these postings are in this entry, or nowhere. */
export type Summarised = Sum & { readonly type: 'Summarised'; readonly ref: string };

/** The ERP has refused it: nothing of it was posted, and its postings go on one by one or in other entries. */
export type Dissolved = { readonly type: 'Dissolved'; readonly ref: string };

export type SummaryEvent = Summarised | Dissolved;

const PREFIX = 'summaries-';

/** Holds the entries of one connector that sum postings. */
export const summariesStream = (connector: string): string => `${PREFIX}${connector}`;

/** A posting that may be summed. */
export interface Summable extends Omit<Posting, 'parked'> {
  readonly location: LocationId;
}

/** What goes into one entry: the same location, period, currency and accounts. */
export function groupOf({ location, date, currency, lines }: Summable, period: SummaryPeriod): string {
  const accounts = [...new Set(lines.map(accountOf))].sort();
  return [location, periodOf(date, period), currency, ...accounts].join('\n');
}

/** Postings of one group as one entry; it counts on the last of their days, and lines that cancel out are left out. */
export function sumUp(postings: readonly [Summable, ...Summable[]], period: SummaryPeriod): Sum {
  const [{ location, currency, date: first }] = postings;
  const lines = new Map<string, JournalLine>();
  for (const line of postings.flatMap((posting) => posting.lines)) {
    const key = accountOf(line);
    const amount = (lines.get(key)?.amount ?? 0n) + line.amount;
    lines.set(key, { ...line, amount });
  }
  return {
    location,
    period: periodOf(first, period),
    currency,
    date: postings.reduce((last, { date }) => (date > last ? date : last), first),
    lines: [...lines.values()].filter(({ amount }) => amount !== 0n),
    refs: postings.map(({ ref }) => ref),
  };
}

const periodOf = (date: string, period: SummaryPeriod): string => (period === 'day' ? date : date.slice(0, 7));

const accountOf = ({ role, location, dimensions, account }: JournalLine): string =>
  [role, location, dimensions?.class ?? '', dimensions?.reason ?? '', account ?? ''].join('\t');
