import type { JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { ErpConnector, ErpMovement } from '../../ports/erp.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { BooksFold } from './books-fold.js';
import { DeliveriesFold } from './deliveries-fold.js';
import { compareEntries, type EntryDiffers } from './entries.js';
import { type AccountDiffers, lastDayOf } from './erp-books.js';
import { decodePosting, encodePosting, type KnownPosting } from './known-posting.js';

/** A line on one of our accounts that no posting of ours explains. */
export interface ForeignEntry {
  readonly account: string;
  readonly month: string;
  /** What people find it by in the ERP. */
  readonly entry: string;
  /** Null where the ERP has none. */
  readonly ref: string | null;
  /** `others`: nothing was ever valued under its ref. Else how the posting stands, which is no reason to be there. */
  readonly what: 'others' | 'written-off' | 'parked' | 'waiting';
  readonly date: string;
  readonly amount: bigint;
  readonly currency: Currency;
}

export interface Explanation {
  readonly entries: readonly EntryDiffers[];
  readonly foreign: readonly ForeignEntry[];
}

const ENTRIES_A_CALL = 50;

export interface ExplainParts {
  readonly store: EventStore;
  readonly connector: ErpConnector;
  readonly accountOf: (line: JournalLine) => string;
  /** Streams are read up to here. */
  readonly position: Position;
  /** In the ERP, and not yet recorded as delivered: no difference. */
  readonly unrecorded: ReadonlySet<string>;
  /** So many of a kind are named. */
  readonly most: number;
}

/** Reads the deliveries once more, and holds what touched accounts that differ against what the ERP has there. */
export async function explain(parts: ExplainParts, accounts: readonly AccountDiffers[]): Promise<Explanation> {
  if (accounts.length === 0 || parts.connector.entries === undefined) return { entries: [], foreign: [] };
  const ledger = await ErpLedger.read(parts.connector, accounts);
  const told = await tell(parts, accounts, ledger);
  const entries: EntryDiffers[] = [];
  const suspects = [...told.suspects];
  while (suspects.length > 0 && entries.length < parts.most) {
    const some = suspects.splice(0, ENTRIES_A_CALL).map(decodePosting);
    entries.push(...(await compareEntries(parts.connector, some, parts.accountOf)));
  }
  const named = [...told.twice, ...entries].slice(0, parts.most);
  return { entries: named, foreign: told.foreign.slice(0, parts.most) };
}

/** What the ERP has on the accounts that differ; nothing where it gives no list. */
class ErpLedger {
  private constructor(
    readonly isTold: boolean,
    readonly lines: readonly (ErpMovement & { readonly account: string; readonly month: string })[],
  ) {}

  static async read(connector: ErpConnector, accounts: readonly AccountDiffers[]): Promise<ErpLedger> {
    if (connector.movements === undefined) return new ErpLedger(false, []);
    const lines: ErpLedger['lines'][number][] = [];
    for (const name of new Set(accounts.map(({ account, month }) => placeOf(account, month)))) {
      const [account = '', month = ''] = name.split(' ');
      const movements = await connector.movements(account, `${month}-01`, lastDayOf(month));
      for (const movement of movements) lines.push({ ...movement, account, month });
    }
    return new ErpLedger(true, lines);
  }
}

const placeOf = (account: string, month: string): string => `${account} ${month}`;

interface Told {
  /** Postings to look up, as text. */
  readonly suspects: readonly string[];
  readonly twice: readonly EntryDiffers[];
  readonly foreign: readonly ForeignEntry[];
}

async function tell(parts: ExplainParts, accounts: readonly AccountDiffers[], ledger: ErpLedger): Promise<Told> {
  const { store, connector, accountOf, position, unrecorded } = parts;
  const places = new Set(accounts.map(({ account, month }) => placeOf(account, month)));
  const held = ledgerSums(ledger);
  const suspects = new Map<string, string>();
  const known = new Set<string>();
  const writtenOff = new Set<string>();
  const delivered = (posting: KnownPosting): void => {
    const { ref, date } = posting;
    if (held.has(ref)) known.add(ref);
    const ours = ourSums(posting, accountOf);
    const touched = [...ours.keys()].filter((account) => places.has(placeOf(account, date.slice(0, 7))));
    const isElsewhere = held.has(ref) && touched.length === 0;
    const isOther = touched.some((account) => {
      const theirs = held.get(ref)?.get(placeOf(account, date.slice(0, 7)));
      return !ledger.isTold || theirs?.sum !== ours.get(account);
    });
    if (isElsewhere || isOther) suspects.set(ref, encodePosting(posting));
  };
  const deliveries = new DeliveriesFold({ delivered, writtenOff: ({ ref }) => writtenOff.add(ref) });
  const books = new BooksFold([[connector.name, deliveries]]);
  await books.readOn(store, position);
  const twice = [...suspects].flatMap(([ref, encoded]) => timesIn(held, ref, decodePosting(encoded), accountOf) ?? []);
  for (const { ref } of twice) suspects.delete(ref);
  const foreign = ledger.lines.flatMap(({ account, month, entry, ref, date, amount, currency }): ForeignEntry[] => {
    if (ref !== null && (known.has(ref) || unrecorded.has(ref))) return [];
    const ended = ref !== null && writtenOff.has(ref) ? 'written-off' : undefined;
    const what = ended ?? (ref === null ? undefined : deliveries.standing(ref)) ?? 'others';
    return [{ account, month, entry, ref, what, date, amount, currency }];
  });
  return { suspects: [...suspects.values()], twice, foreign };
}

function ourSums({ lines }: KnownPosting, accountOf: (line: JournalLine) => string): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const line of lines) sums.set(accountOf(line), (sums.get(accountOf(line)) ?? 0n) + line.amount);
  return sums;
}

interface Held {
  sum: bigint;
  readonly entries: Set<string>;
}

/** By ref, and then by account and month. */
function ledgerSums({ lines }: ErpLedger): ReadonlyMap<string, ReadonlyMap<string, Held>> {
  const sums = new Map<string, Map<string, Held>>();
  for (const { ref, account, month, amount, entry } of lines) {
    if (ref === null) continue;
    const places = sums.get(ref) ?? new Map<string, Held>();
    sums.set(ref, places);
    const held = places.get(placeOf(account, month)) ?? { sum: 0n, entries: new Set() };
    places.set(placeOf(account, month), held);
    held.sum += amount;
    held.entries.add(entry);
  }
  return sums;
}

/** A posting that the ERP has more than one entry of. */
function timesIn(
  held: ReturnType<typeof ledgerSums>,
  ref: string,
  posting: KnownPosting,
  accountOf: (line: JournalLine) => string,
): EntryDiffers | undefined {
  const places = [...(held.get(ref) ?? [])];
  if (!places.some(([, { entries }]) => entries.size > 1)) return undefined;
  const { sku, location, date, currency, source } = posting;
  const { revision, type, movementId } = source;
  const ours = ourSums(posting, accountOf);
  const lines = places.map(([place, { sum }]) => {
    const account = place.slice(0, place.indexOf(' '));
    return { account, delivered: ours.get(account) ?? 0n, erp: sum };
  });
  return {
    ref,
    sku,
    location,
    what: 'twice',
    date,
    currency,
    erpDate: date,
    lines,
    source: { revision, type, movementId },
  };
}
