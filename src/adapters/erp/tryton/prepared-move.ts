import type { JournalLine } from '../../../domain/valuation/events.js';
import { currencyPlaces } from '../../../domain/values/currency.js';
import type { ErpOutcome, ErpPosting, ErpRejection } from '../../../ports/erp.js';
import { accountOf, type Chart } from '../chart.js';
import type { Books } from './books.js';
import type { FoundLine, FoundMove } from './moves.js';
import type { Periods } from './periods.js';
import { trytonDate, trytonDecimal } from './values.js';

type Rejected = Extract<ErpOutcome, { readonly status: 'rejected' }>;

/** A posting in the ERP's own terms. */
export interface PreparedMove {
  readonly posting: ErpPosting;
  readonly period: number;
  readonly lines: readonly PreparedLine[];
}

type PreparedLine = FoundLine & { readonly description: string };

/** Finds what would be refused, or, worse, taken: the ERP itself looks at balance and signs late or never. */
export async function prepare(
  posting: ErpPosting,
  { chart, books, periods }: { readonly chart: Chart; readonly books: Books; readonly periods: Periods },
): Promise<PreparedMove | Rejected> {
  const { sku, currency, date, lines } = posting;
  const balance = lines.reduce((sum, { amount }) => sum + amount, 0n);
  if (balance !== 0n) return rejected('UNBALANCED', `The lines sum to ${balance} minor units of ${currency}.`);
  if (currency !== books.currency.code) {
    return rejected('CONFIG', `The ERP's company keeps its books in ${books.currency.code}, not in ${currency}.`);
  }
  if (currencyPlaces(currency) > books.currency.places) {
    return rejected('CONFIG', `The ERP keeps ${books.currency.places} places of ${currency} only.`);
  }
  const ids = await books.accountIds(new Set(lines.map((line) => accountOf(chart, line))));
  const prepared: PreparedLine[] = [];
  for (const line of lines) {
    const code = accountOf(chart, line);
    const account = ids.get(code);
    if (account === undefined) return rejected('BAD_ACCOUNT', `The ERP has no account ${code}, or more than one.`);
    prepared.push({ account, amount: line.amount, description: lineDescription(sku, line) });
  }
  const period = await periods.of(date);
  switch (period.status) {
    case 'open':
      return { posting, period: period.id, lines: prepared };
    case 'closed':
      return rejected('PERIOD_CLOSED', period.reason);
    case 'missing':
      return rejected('CONFIG', period.reason);
  }
}

export const rejected = (code: ErpRejection, detail: string): Rejected => ({ status: 'rejected', code, detail });

export const isPrepared = (result: PreparedMove | Rejected): result is PreparedMove => 'posting' in result;

/** What the ERP takes to create it. */
export function moveValues({ posting, period, lines }: PreparedMove, { context, journal }: Books): object {
  const { ref, date, sku, location, currency, source } = posting;
  return {
    external_ref: ref,
    company: context.company,
    journal,
    period,
    date: trytonDate(date),
    description: `${source.type} ${source.movementId} ${sku}@${location}`,
    lines: [
      [
        'create',
        lines.map(({ account, amount, description }) => ({
          account,
          debit: trytonDecimal(amount > 0n ? amount : 0n, currency),
          credit: trytonDecimal(amount < 0n ? -amount : 0n, currency),
          description,
        })),
      ],
    ],
  };
}

/** The dimensions of a line, for people: the ERP has no fields for them. */
function lineDescription(sku: string, { location, dimensions }: JournalLine): string {
  return [sku, location, dimensions?.class, dimensions?.reason].filter((part) => part !== undefined).join(' ');
}

/** Whether a draft is what we would create now. */
export function isSameMove({ posting, lines }: PreparedMove, found: FoundMove): boolean {
  const text = (all: readonly FoundLine[]) => all.map(({ account, amount }) => `${account} ${amount}`).sort();
  return posting.date === found.date && text(lines).join() === text(found.lines).join();
}

/**
 * Whether what is posted says the same. Accounts and date may differ: the mapping may have changed since, and a person
 * may have given the posting another date.
 */
export function hasSameAmounts({ lines }: ErpPosting, found: FoundMove): boolean {
  const text = (all: readonly { readonly amount: bigint }[]) => all.map(({ amount }) => String(amount)).sort();
  return text(lines).join() === text(found.lines).join();
}
