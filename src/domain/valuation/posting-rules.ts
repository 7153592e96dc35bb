import { COSTING_METHODS, type CostingMethod } from '../master-data/sku.js';

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
