import type { Summarised } from '../../domain/delivery/summaries/summary.js';
import type { JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { ErpConnector, ErpEntry } from '../../ports/erp.js';
import { accountAt, type ErpLedger } from './erp-ledger.js';
import type { KnownPosting } from './known-posting.js';

/** What an entry of the ERP should hold: one posting, or several summed. */
export type Claim = KnownPosting | Summarised;

/** An entry that the ERP holds otherwise than it was delivered. */
export interface EntryDiffers {
  /** Of the posting, or of the entry that sums several. */
  readonly ref: string;
  readonly what: 'missing' | 'twice' | 'other-date' | 'other-lines';
  readonly location: LocationId;
  readonly date: string;
  readonly currency: Currency;
  readonly erpDate: string | null;
  readonly lines: readonly { readonly account: string; readonly delivered: bigint; readonly erp: bigint }[];
  /** Null where the entry sums several. */
  readonly sku: Sku | null;
  readonly source: KnownPosting['source'] | null;
  /** How many postings the entry sums, and the refs of the first of them; null where it is one posting's own. */
  readonly sums: { readonly postings: number; readonly refs: readonly string[] } | null;
}

/** So many postings of an entry are named; `GET /v1/postings/summaries/{ref}` names all. */
const MOST_REFS = 1_000;

/** What the ERP holds otherwise under the refs of these. */
export async function compareEntries(
  connector: ErpConnector,
  claims: readonly Claim[],
  accountOf: (line: JournalLine) => string,
): Promise<readonly EntryDiffers[]> {
  if (connector.entries === undefined) return [];
  const entries = await connector.entries(claims.map(({ ref }) => ref));
  return claims.flatMap((claim) => difference(claim, entries.get(claim.ref), accountOf) ?? []);
}

function difference(
  claim: Claim,
  entry: ErpEntry | undefined,
  accountOf: (line: JournalLine) => string,
): EntryDiffers | undefined {
  // What has no lines needs no entry.
  if (claim.lines.length === 0) return undefined;
  const said = sumsOf(claim, accountOf);
  const held = addUp(entry?.lines ?? []);
  const lines = [...new Set([...said.keys(), ...held.keys()])]
    .map((account) => ({ account, delivered: said.get(account) ?? 0n, erp: held.get(account) ?? 0n }))
    .filter((line) => line.delivered !== line.erp);
  const what = entry === undefined ? 'missing' : lines.length > 0 ? 'other-lines' : 'other-date';
  if (what === 'other-date' && entry?.date === claim.date) return undefined;
  return { ...about(claim), what, erpDate: entry?.date ?? null, lines };
}

/** An entry that the ERP has more than once; undefined when it has not. */
export function timesIn(
  ledger: ErpLedger,
  claim: Claim,
  accountOf: (line: JournalLine) => string,
): EntryDiffers | undefined {
  const places = [...ledger.heldOf(claim.ref)];
  if (!places.some(([, { entries }]) => entries.size > 1)) return undefined;
  const ours = sumsOf(claim, accountOf);
  const lines = places.map(([place, { sum }]) => {
    const account = accountAt(place);
    return { account, delivered: ours.get(account) ?? 0n, erp: sum };
  });
  return { ...about(claim), what: 'twice', erpDate: claim.date, lines };
}

function about(claim: Claim) {
  const { ref, location, date, currency } = claim;
  const named = { ref, location, date, currency };
  if ('refs' in claim) {
    const { refs } = claim;
    return { ...named, sku: null, source: null, sums: { postings: refs.length, refs: refs.slice(0, MOST_REFS) } };
  }
  const { revision, type, movementId } = claim.source;
  return { ...named, sku: claim.sku, source: { revision, type, movementId }, sums: null };
}

/** By account, in minor units. */
export const sumsOf = (
  { lines }: Pick<Claim, 'lines'>,
  accountOf: (line: JournalLine) => string,
): Map<string, bigint> => addUp(lines.map((line) => ({ account: accountOf(line), amount: line.amount })));

function addUp(lines: ErpEntry['lines']): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { account, amount } of lines) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return sums;
}
