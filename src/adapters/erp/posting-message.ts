import type { JournalLine } from '../../domain/valuation/events.js';
import { type Currency, currencyPlaces } from '../../domain/values/currency.js';
import { formatMoney, parseDecimal } from '../../domain/values/money.js';
import type { ErpEntry, ErpPosting } from '../../ports/erp.js';
import { accountOf, type Chart, mappingOf } from './chart.js';

/** A posting as it travels to others, in JSON. */
export interface PostingMessage {
  /** Names it for good: whatever comes again under it is the same posting. */
  readonly ref: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly sku: string;
  readonly location: string;
  readonly currency: string;
  readonly lines: readonly LineMessage[];
  readonly source: ErpPosting['source'];
  /** Name and version of the chart that the accounts are from. */
  readonly mapping: string;
}

/** Amounts are decimal text with the places of the currency; one of the two is 0. */
export interface LineMessage {
  readonly role: string;
  readonly account: string;
  readonly location: string;
  readonly debit: string;
  readonly credit: string;
  readonly dimensions?: JournalLine['dimensions'];
}

export function postingMessage(posting: ErpPosting, chart: Chart): PostingMessage {
  const { ref, date, sku, location, currency, source } = posting;
  const lines = posting.lines.map((line) => lineMessage(line, currency, chart));
  return { ref, date, sku, location, currency, lines, source, mapping: mappingOf(chart) };
}

function lineMessage(line: JournalLine, currency: Currency, chart: Chart): LineMessage {
  const { role, location, amount, dimensions } = line;
  const text = (minor: bigint) => formatMoney({ minor: minor > 0n ? minor : 0n, currency });
  const sides = { debit: text(amount), credit: text(-amount) };
  return {
    role,
    account: accountOf(chart, line),
    location,
    ...sides,
    ...(dimensions === undefined ? {} : { dimensions }),
  };
}

/** What somebody holds of a posting, as far as it is told; undefined when that is no entry. */
export function entryIn(told: unknown): ErpEntry | undefined {
  if (!isRecord(told)) return undefined;
  const { date, currency, lines } = told;
  if (typeof date !== 'string' || !isCurrencyCode(currency) || !Array.isArray(lines)) return undefined;
  const read = lines.map((line: unknown) => lineIn(line, currency)).filter((line) => line !== undefined);
  return read.length === lines.length ? { date, lines: read } : undefined;
}

function lineIn(line: unknown, currency: Currency): ErpEntry['lines'][number] | undefined {
  if (!isRecord(line) || typeof line.account !== 'string') return undefined;
  const [debit, credit] = [line.debit, line.credit].map((text) => minorOf(text, currency));
  return debit === undefined || credit === undefined ? undefined : { account: line.account, amount: debit - credit };
}

/**
 * Whether an entry is of this posting. Accounts and date may differ: the chart may have changed since, and a person may
 * have given the posting another date.
 */
export function hasSameAmounts({ lines }: ErpPosting, entry: ErpEntry): boolean {
  const text = (all: readonly { readonly amount: bigint }[]) => all.map(({ amount }) => String(amount)).sort();
  return text(lines).join() === text(entry.lines).join();
}

/** In minor units; undefined for what is no amount of 0 or more. */
export function minorOf(text: unknown, currency: Currency): bigint | undefined {
  const minor = parseDecimal(text, currencyPlaces(currency));
  return minor === undefined || minor < 0n ? undefined : minor;
}

export const isCurrencyCode = (value: unknown): value is Currency =>
  typeof value === 'string' && /^[A-Z]{3}$/.test(value);

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
