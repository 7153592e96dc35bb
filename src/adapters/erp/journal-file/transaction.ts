import { storedCurrency } from '../../../domain/values/currency.js';
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
  const body = lines.map(
    (line) => `    ${accountOf(chart, line)}  ${formatMoney({ minor: line.amount, currency })} ${currency}`,
  );
  return [head, ...body].join('\n') + TRANSACTION_END;
}

export interface JournalAmount {
  readonly account: string;
  readonly currency: string;
  readonly minor: bigint;
}

/** A transaction of ours, as it was found in the file. */
export interface FoundTransaction {
  readonly ref: string;
  readonly date: string;
  readonly amounts: readonly JournalAmount[];
}

const HEAD = /^(\d{4,}-\d{2}-\d{2}) .*; ref:([^,\n]+)/;
const LINE = /^ {4}(\S+) {2}(-?\d+(?:\.\d+)?) ([A-Z]{3})$/;

/** `'other'` for a block that is none of ours, `'damaged'` for one that is not as it was written. */
export function parseTransaction(block: string): FoundTransaction | 'other' | 'damaged' {
  if (block.includes('\0')) return 'damaged';
  const [first = '', ...lines] = block.trimEnd().split('\n');
  const head = HEAD.exec(first);
  if (head === null) return 'other';
  const [, date = '', ref = ''] = head;
  const amounts = lines.map(parseLine).filter((amount) => amount !== undefined);
  const balance = amounts.reduce((sum, { minor }) => sum + minor, 0n);
  return amounts.length === lines.length && balance === 0n ? { ref, date, amounts } : 'damaged';
}

function parseLine(line: string): JournalAmount | undefined {
  const parts = LINE.exec(line);
  if (parts === null) return undefined;
  const [, account = '', amount = '', currency = ''] = parts;
  return { account, currency, minor: storedMoney(amount, storedCurrency(currency)).minor };
}
