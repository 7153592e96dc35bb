import type { JournalLine } from '../../domain/valuation/events.js';
import type { ErpConnector } from '../../ports/erp.js';
import type { DeliveriesFold } from './deliveries-fold.js';
import { type AccountDiffers, compareAccounts, type ErpBooks, readErpBooks } from './erp-books.js';
import type { KnownPosting } from './known-posting.js';
import type { LineSums } from './line-sums.js';
import { Statement } from './statement.js';

/**
 * `agrees`, `differs`: what was compared stood still meanwhile. `moving`: deliveries went on all the time, so nothing can
 * be said. `unreadable`: the ERP did not answer. `untold`: it cannot tell what its accounts hold.
 */
export type ErpState = 'agrees' | 'differs' | 'moving' | 'unreadable' | 'untold';

export interface ErpComparison {
  readonly state: ErpState;
  /** Why it is unreadable. */
  readonly detail?: string;
  readonly statement: Statement;
  /** Undefined unless the ERP could be read. */
  readonly books: ErpBooks | undefined;
  readonly accounts: readonly AccountDiffers[];
  /** Refs of postings that are in the ERP, and not yet recorded as delivered. */
  readonly unrecorded: readonly string[];
}

/** So often balances are read while deliveries go on. */
const MOST_READS = 4;
/** Postings that wait are looked up, oldest first: what is on its way is among them. */
const MOST_LOOKED_UP = 2_000;
const REFS_A_CALL = 50;

export interface ErpCheckParts {
  readonly connector: ErpConnector;
  readonly accountOf: (line: JournalLine) => string;
  readonly valued: LineSums;
  readonly fold: DeliveriesFold;
  /** Reads the streams up to where they end now. */
  readonly catchUp: () => Promise<void>;
}

/** Compares what was delivered before and after reading with what was read: what is only in flight is no difference. */
export async function checkErp(parts: ErpCheckParts): Promise<ErpComparison> {
  const { connector, fold, valued, catchUp } = parts;
  const alone = async (state: ErpState, detail?: string): Promise<ErpComparison> => {
    const statement = await Statement.of(valued, fold, parts.accountOf);
    const why = detail === undefined ? {} : { detail };
    return { state, ...why, statement, books: undefined, accounts: [], unrecorded: [] };
  };
  if (connector.balances === undefined) return alone('untold');
  let earlier: string | undefined;
  for (let reads = 0; reads < MOST_READS; reads += 1) {
    const { moves } = fold;
    const months = new Set([...valued.months(), ...fold.delivered.months()]);
    const books = await told(readErpBooks(connector, [...months].sort()));
    await catchUp();
    if (books instanceof Untold) return alone('unreadable', books.message);
    if (fold.moves !== moves) continue;
    const compared = await told(compare(parts, books));
    if (compared instanceof Untold) return alone('unreadable', compared.message);
    const seen = { books, ...compared };
    if (seen.accounts.length === 0) return { state: 'agrees', ...seen };
    const said = [...seen.accounts.map(differenceName), ...seen.unrecorded].join();
    // What is on its way may have arrived after the balances were read: only what is so twice is so.
    if (seen.unrecorded.length === 0 || said === earlier) return { state: 'differs', ...seen };
    earlier = said;
  }
  return alone('moving');
}

/** The ERP did not answer. */
class Untold extends Error {}

const told = <Answer>(asked: Promise<Answer>): Promise<Answer | Untold> =>
  asked.catch((error: unknown) => new Untold(error instanceof Error ? error.message : String(error)));

/** What differs, once what waits and is in the ERP all the same is taken for delivered. */
async function compare({ connector, fold, valued, accountOf }: ErpCheckParts, books: ErpBooks) {
  const statement = await Statement.of(valued, fold, accountOf);
  const accounts = compareAccounts(statement.list(), books);
  if (accounts.length === 0) return { statement, accounts, unrecorded: [] };
  const there = await alreadyThere(connector, fold);
  for (const posting of there) statement.addPosting('unrecorded', posting);
  const unrecorded = there.map(({ ref }) => ref);
  return { statement, accounts: compareAccounts(statement.list(), books), unrecorded };
}

async function alreadyThere(connector: ErpConnector, fold: DeliveriesFold): Promise<readonly KnownPosting[]> {
  const oldest: KnownPosting[] = [];
  for (const [posting, standing] of fold.open()) {
    if (oldest.length >= MOST_LOOKED_UP) break;
    if (standing === 'waiting') oldest.push(posting);
  }
  const there: KnownPosting[] = [];
  for (let index = 0; index < oldest.length; index += REFS_A_CALL) {
    const some = oldest.slice(index, index + REFS_A_CALL);
    const found = await connector.find(some.map(({ ref }) => ref));
    there.push(...some.filter(({ ref }) => found.has(ref)));
  }
  return there;
}

/** The same for the same difference. */
export const differenceName = ({ account, currency, month, location, delivered, erp }: AccountDiffers): string =>
  [account, currency, month, location ?? '', delivered, erp].join(' ');
