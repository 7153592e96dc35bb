import type { JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { ErpConnector } from '../../ports/erp.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { BooksFold } from './books-fold.js';
import { DeliveriesFold } from './deliveries-fold.js';
import { type Claim, compareEntries, type EntryDiffers, sumsOf, timesIn } from './entries.js';
import type { AccountDiffers } from './erp-books.js';
import { ErpLedger, placeOf } from './erp-ledger.js';
import { decodePosting, encodePosting, type KnownPosting } from './known-posting.js';
import { SummedEntries, type SummedEntry } from './summed-entries.js';

/** A line on one of our accounts that no posting of ours explains. */
export interface ForeignEntry {
  readonly account: string;
  readonly month: string;
  /** What people find it by in the ERP. */
  readonly entry: string;
  /** Null where the ERP has none. */
  readonly ref: string | null;
  /**
   * `others`: nothing was ever valued or summed under its ref. `dissolved`: an entry that the ERP had refused, so that
   * its postings went on in others. Else how the posting stands, or one that the entry sums: no reason to be there.
   */
  readonly what: 'others' | 'dissolved' | 'written-off' | 'parked' | 'waiting';
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
  const { store, connector, accountOf, position, most } = parts;
  const ledger = await ErpLedger.read(connector, accounts);
  const isSuspect = (claim: Claim): boolean => ledger.isSuspect(claim.ref, claim.date, sumsOf(claim, accountOf));
  const summed = await SummedEntries.read(store, connector.name, isSuspect);
  const told = new Told(ledger, summed, isSuspect);
  const books = new BooksFold([[connector.name, told.deliveries]]);
  await books.readOn(store, position);
  const entries: EntryDiffers[] = [];
  const suspects: (string | SummedEntry)[] = [...summed.suspects(), ...told.suspects];
  while (suspects.length > 0 && entries.length < most) {
    const some: Claim[] = [];
    for (const one of suspects.splice(0, ENTRIES_A_CALL)) {
      some.push(typeof one === 'string' ? decodePosting(one) : await summed.content(one));
    }
    const twice = some.flatMap((claim) => timesIn(ledger, claim, accountOf) ?? []);
    const once = some.filter(({ ref }) => !twice.some((other) => other.ref === ref));
    entries.push(...twice, ...(await compareEntries(connector, once, accountOf)));
  }
  return { entries: entries.slice(0, most), foreign: (await told.foreign(parts)).slice(0, most) };
}

/** How the postings stand that may explain a difference. */
class Told {
  /** Postings to look up, as text. */
  readonly suspects: string[] = [];
  readonly deliveries: DeliveriesFold;
  /** Delivered on their own, and in the ERP's list. */
  private readonly known = new Set<string>();
  private readonly writtenOff = new Set<string>();
  /** Written off, though the entry that sums them may be there: as text. */
  private readonly writtenOffInside: string[] = [];

  constructor(
    private readonly ledger: ErpLedger,
    private readonly summed: SummedEntries,
    private readonly isSuspect: (claim: Claim) => boolean,
  ) {
    this.deliveries = new DeliveriesFold({
      delivered: (posting) => this.delivered(posting),
      writtenOff: (posting) => this.wasWrittenOff(posting),
    });
  }

  private delivered(posting: KnownPosting): void {
    const { ref } = posting;
    const entry = this.summed.of(ref);
    if (entry !== undefined) {
      entry.isDelivered = true;
      return;
    }
    if (this.ledger.has(ref)) this.known.add(ref);
    if (this.isSuspect(posting)) this.suspects.push(encodePosting(posting));
  }

  private wasWrittenOff(posting: KnownPosting): void {
    const entry = this.summed.of(posting.ref);
    this.writtenOff.add(posting.ref);
    if (entry !== undefined && this.ledger.has(entry.ref)) this.writtenOffInside.push(encodePosting(posting));
  }

  /** Lines that nothing delivered explains, and what was written off inside of entries that are explained. */
  async foreign({ unrecorded, accountOf }: ExplainParts): Promise<readonly ForeignEntry[]> {
    const underWay = new Set([...unrecorded].map((ref) => this.summed.of(ref)?.ref ?? ref));
    const isExplained = (ref: string): boolean =>
      this.known.has(ref) || underWay.has(ref) || this.isDelivered(this.summed.named(ref));
    const foreign: ForeignEntry[] = [];
    const whats = new Map<string, ForeignEntry['what']>();
    for (const { account, month, entry, ref, date, amount, currency } of this.ledger.lines) {
      if (ref !== null && isExplained(ref)) continue;
      const what = ref === null ? 'others' : (whats.get(ref) ?? (await this.whatIs(ref)));
      if (ref !== null) whats.set(ref, what);
      foreign.push({ account, month, entry, ref, what, date, amount, currency });
    }
    return [...foreign, ...this.insides(isExplained, accountOf)];
  }

  private *insides(
    isExplained: (ref: string) => boolean,
    accountOf: (line: JournalLine) => string,
  ): Generator<ForeignEntry> {
    for (const posting of this.writtenOffInside.map(decodePosting)) {
      const { ref, date, currency } = posting;
      const entry = this.summed.of(ref)?.ref ?? ref;
      // The whole entry is named then.
      if (!isExplained(entry)) continue;
      for (const [account, amount] of sumsOf(posting, accountOf)) {
        for (const name of this.ledger.heldOf(entry).get(placeOf(account, date))?.entries ?? []) {
          yield { account, month: date.slice(0, 7), entry: name, ref, what: 'written-off', date, amount, currency };
        }
      }
    }
  }

  private isDelivered(entry: SummedEntry | undefined): boolean {
    return entry?.isDelivered === true && !entry.isDissolved;
  }

  private async whatIs(ref: string): Promise<ForeignEntry['what']> {
    const entry = this.summed.named(ref);
    if (entry?.isDissolved) return 'dissolved';
    const refs = entry === undefined ? [ref] : (await this.summed.content(entry)).refs;
    const standings = new Set(refs.map((each) => this.standing(each)));
    return (['written-off', 'parked', 'waiting'] as const).find((what) => standings.has(what)) ?? 'others';
  }

  private standing(ref: string): 'written-off' | 'parked' | 'waiting' | undefined {
    return this.writtenOff.has(ref) ? 'written-off' : this.deliveries.standing(ref);
  }
}
