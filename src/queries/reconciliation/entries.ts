import type { JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import type { ErpConnector, ErpEntry } from '../../ports/erp.js';
import type { KnownPosting } from './known-posting.js';

/** A posting that the ERP holds otherwise than it was delivered. */
export interface EntryDiffers extends StockKey {
  readonly ref: string;
  readonly what: 'missing' | 'twice' | 'other-date' | 'other-lines';
  readonly date: string;
  readonly currency: Currency;
  readonly erpDate: string | null;
  readonly lines: readonly { readonly account: string; readonly delivered: bigint; readonly erp: bigint }[];
  readonly source: KnownPosting['source'];
}

/** What the ERP holds otherwise under the refs of these postings. */
export async function compareEntries(
  connector: ErpConnector,
  postings: readonly KnownPosting[],
  accountOf: (line: JournalLine) => string,
): Promise<readonly EntryDiffers[]> {
  if (connector.entries === undefined) return [];
  const entries = await connector.entries(postings.map(({ ref }) => ref));
  return postings.flatMap((posting) => difference(posting, entries.get(posting.ref), accountOf) ?? []);
}

function difference(
  posting: KnownPosting,
  entry: ErpEntry | undefined,
  accountOf: (line: JournalLine) => string,
): EntryDiffers | undefined {
  const { ref, sku, location, date, currency, source } = posting;
  // What has no lines needs no entry.
  if (posting.lines.length === 0) return undefined;
  const said = sumsOf(posting.lines.map((line) => ({ account: accountOf(line), amount: line.amount })));
  const held = sumsOf(entry?.lines ?? []);
  const lines = [...new Set([...said.keys(), ...held.keys()])]
    .map((account) => ({ account, delivered: said.get(account) ?? 0n, erp: held.get(account) ?? 0n }))
    .filter((line) => line.delivered !== line.erp);
  const what = entry === undefined ? 'missing' : lines.length > 0 ? 'other-lines' : 'other-date';
  if (what === 'other-date' && entry?.date === date) return undefined;
  const { revision, type, movementId } = source;
  const erpDate = entry?.date ?? null;
  return { ref, sku, location, what, date, currency, erpDate, lines, source: { revision, type, movementId } };
}

function sumsOf(lines: ErpEntry['lines']): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { account, amount } of lines) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return sums;
}
