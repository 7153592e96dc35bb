import type { Currency } from '../values/currency.js';
import type { JournalLine, Posting } from './events.js';

/** The ref of amounts that go over to other accounts, behind an event of their stream. @param version of the chart */
export const reclassificationRef = (ref: string, version: number, part: number): string =>
  `${eventOf(ref)}.m${version}${part === 1 ? '' : `.${part}`}`;

/** The ref of what other rules change in the postings of an event: `<event id>.r<version>`. */
export const adjustmentRef = (ref: string, version: number): string => `${eventOf(ref)}.r${version}`;

const ADJUSTMENT = /\.[rm]\d+(\.\d+)?$/;
/** True for what {@link adjustmentRef} and {@link reclassificationRef} made. */
export const isAdjustmentRef = (ref: string): boolean => ADJUSTMENT.test(ref);

/**
 * What has to be posted so that the ledger is as new rules would have made it: one posting for each event and currency
 * whose lines differ, by account, location and dimensions. It balances as both sides do, and is empty where nothing
 * differs: what is posted already is never touched.
 * @param date of the adjustments, `YYYY-MM-DD`
 */
export function difference(
  before: readonly Posting[],
  after: readonly Posting[],
  { version, date }: { readonly version: number; readonly date: string },
): readonly Posting[] {
  const events = new Map<string, { ref: string; currency: Currency; lines: Map<string, JournalLine> }>();
  const add = ({ ref, currency, lines }: Posting, sign: bigint): void => {
    const name = `${eventOf(ref)} ${currency}`;
    const event = events.get(name) ?? { ref: adjustmentRef(ref, version), currency, lines: new Map() };
    events.set(name, event);
    for (const line of lines) {
      const account = accountOf(line);
      const amount = (event.lines.get(account)?.amount ?? 0n) + sign * line.amount;
      event.lines.set(account, { ...line, amount });
    }
  };
  for (const posting of before) add(posting, -1n);
  for (const posting of after) add(posting, 1n);
  const refs = new Map<string, number>();
  return [...events.values()].flatMap(({ ref, currency, lines }) => {
    const changed = [...lines.values()].filter(({ amount }) => amount !== 0n);
    if (changed.length === 0) return [];
    // Rules that value in another currency take back in one and post in the other.
    const part = (refs.get(ref) ?? 0) + 1;
    refs.set(ref, part);
    return [{ ref: part === 1 ? ref : `${ref}.${part}`, date, currency, lines: changed }];
  });
}

/** What all the parts of an event's postings have in common; an event's id has no point. */
const eventOf = (ref: string): string => ref.split('.')[0] ?? ref;

const accountOf = ({ role, location, dimensions = {} }: JournalLine): string =>
  JSON.stringify([role, location, dimensions.class, dimensions.reason]);
