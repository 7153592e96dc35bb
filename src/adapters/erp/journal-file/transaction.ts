import { storedCurrency } from '../../../domain/values/currency.js';
import { isLocationId, type LocationId } from '../../../domain/values/identifiers.js';
import { formatMoney, storedMoney } from '../../../domain/values/money.js';
import type { ErpPosting } from '../../../ports/erp.js';
import { accountOf, type Chart } from '../chart.js';

/** Ends a transaction: what comes without it was torn. */
export const TRANSACTION_END = '\n\n';

/** The first lines of a journal. */
export const JOURNAL_HEADER = `; Stock valuation, written by Stockfold: include this file from a journal of your own instead of editing it.
decimal-mark .${TRANSACTION_END}`;

/** A posting as hledger reads it. Credits are negative; every character is ASCII. */
export function renderTransaction(posting: ErpPosting, chart: Chart): string {
  const { ref, date, sku, location, currency, source, lines } = posting;
  const tags = `ref:${ref}, sku:${sku}, location:${location}, source:${source.stream}/${source.revision}`;
  const head = `${date} ${source.type} | ${source.movementId}  ; ${tags}`;
  const body = lines.map((line) => {
    const elsewhere = line.location === location ? '' : `  ; location:${line.location}`;
    return `    ${accountOf(chart, line)}  ${formatMoney({ minor: line.amount, currency })} ${currency}${elsewhere}`;
  });
  return [head, ...body].join('\n') + TRANSACTION_END;
}

export interface JournalAmount {
  readonly account: string;
  readonly currency: string;
  readonly minor: bigint;
  /** Undefined where neither the line nor the transaction names one. */
  readonly location?: LocationId;
}

/** A transaction of ours, as it was found in the file. */
export interface FoundTransaction {
  readonly ref: string;
  readonly date: string;
  readonly amounts: readonly JournalAmount[];
}

const HEAD = /^(\d{4,}-\d{2}-\d{2}) .*; ref:([^,\n]+)(?:.*, location:([\w-]+))?/;
const LINE = /^ {4}(\S+) {2}(-?\d+(?:\.\d+)?) ([A-Z]{3})(?: {2}; location:([\w-]+))?$/;

/** `'other'` for a block that is none of ours, `'damaged'` for one that is not as it was written. */
export function parseTransaction(block: string): FoundTransaction | 'other' | 'damaged' {
  if (block.includes('\0')) return 'damaged';
  const found = readTransaction(block);
  if (found === undefined) return 'other';
  const lines = block.trimEnd().split('\n').length - 1;
  const balance = found.amounts.reduce((sum, { minor }) => sum + minor, 0n);
  return found.amounts.length === lines && balance === 0n ? found : 'damaged';
}

/** What a block of ours says, also where somebody has changed it; undefined for one that is none of ours. */
export function readTransaction(block: string): FoundTransaction | undefined {
  const [first = '', ...lines] = block.trimEnd().split('\n');
  const head = HEAD.exec(first);
  if (head === null) return undefined;
  const [, date = '', ref = '', location] = head;
  const amounts = lines.map((line) => parseLine(line, location)).filter((amount) => amount !== undefined);
  return { ref, date, amounts };
}

function parseLine(line: string, ofTransaction: string | undefined): JournalAmount | undefined {
  const parts = LINE.exec(line);
  if (parts === null) return undefined;
  const [, account = '', amount = '', currency = '', location = ofTransaction] = parts;
  const { minor } = storedMoney(amount, storedCurrency(currency));
  return { account, currency, minor, ...(isLocationId(location) ? { location } : {}) };
}
