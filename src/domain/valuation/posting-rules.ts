import { COSTING_METHODS, type CostingMethod } from '../master-data/sku.js';
import type { Currency } from '../values/currency.js';
import type { JournalLine, Posting } from './events.js';

export const DAMAGED_TREATMENTS = ['keep', 'write-off'] as const;
/**
 * What goods are worth once they are damaged: what they were worth before, as nobody has said otherwise; or nothing, so
 * that they leave the valued stock into shrinkage, and come back at the present cost should they be sold after all.
 */
export type DamagedTreatment = (typeof DAMAGED_TREATMENTS)[number];

/** How movements become postings. Whoever changes any of it raises the version, which every valuation carries. */
export interface PostingRules {
  readonly version: number;
  /** Of a SKU whose master data name no method. */
  readonly costing: CostingMethod;
  readonly damaged: DamagedTreatment;
}

/** What a SKU at a location is valued by, from its first valuation on and until a replay brings other rules. */
export interface ValuationTerms {
  readonly method: CostingMethod;
  readonly damaged: DamagedTreatment;
  /** Of the rules that a replay brought; absent as long as they are the first. */
  readonly version?: number;
}

/** Version 1 put late costs wholly onto the stock that was there. */
export const DEFAULT_RULES: PostingRules = { version: 2, costing: 'moving-average', damaged: 'keep' };

/** Rules that cannot be used; the message says what to do. */
export class InvalidRules extends Error {
  override readonly name = 'InvalidRules';
}

/** Rules as somebody wrote them, {@link DEFAULT_RULES} for what is not said. @throws InvalidRules */
export function parsePostingRules(said: Readonly<Record<string, unknown>>): PostingRules {
  const unknown = Object.keys(said).filter((name) => !Object.hasOwn(DEFAULT_RULES, name));
  if (unknown.length > 0) throw new InvalidRules(`Posting rules have no ${unknown.join(', ')}.`);
  const {
    version = DEFAULT_RULES.version,
    costing = DEFAULT_RULES.costing,
    damaged = DEFAULT_RULES.damaged,
  } = said as { readonly version?: unknown; readonly costing?: unknown; readonly damaged?: unknown };
  if (!Number.isSafeInteger(version) || Number(version) < DEFAULT_RULES.version) {
    throw new InvalidRules(`version must be a whole number from ${DEFAULT_RULES.version}; it is ${String(version)}.`);
  }
  return {
    version: Number(version),
    costing: oneOf(COSTING_METHODS, 'costing', costing),
    damaged: oneOf(DAMAGED_TREATMENTS, 'damaged', damaged),
  };
}

function oneOf<Value extends string>(values: readonly Value[], name: string, said: unknown): Value {
  const value = values.find((known) => known === said);
  if (value === undefined) throw new InvalidRules(`${name} may be ${values.join(' or ')}; it is ${String(said)}.`);
  return value;
}

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
