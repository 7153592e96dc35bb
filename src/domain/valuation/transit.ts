import type { Leg } from '../transfer/leg.js';
import type { Currency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import { share } from '../values/money.js';
import { type CostRate, rateOfValue } from '../values/unit-cost.js';
import type { Valued } from './events.js';

/** What all the units of a dispatch were valued at when they left: it stays, whatever becomes known later. */
export interface DispatchCost {
  readonly units: number;
  /** In minor units. */
  readonly cost: bigint;
  readonly currency: Currency;
}

/** The part of a transfer that a stock event is about. */
export interface Transit {
  readonly leg: Leg;
  /** Where the goods come from. */
  readonly from: LocationId;
  /** Undefined when they were not sent, or left before any cost was known: then they carry none. */
  readonly dispatch?: DispatchCost;
}

/** What a dispatch was valued at; undefined for any other movement, and as long as no cost is known. */
export function dispatchCost({ source, units, cost, currency }: Valued): DispatchCost | undefined {
  if (source.type !== 'Dispatched' || cost === null || currency === null) return undefined;
  return { units, cost, currency };
}

/** Units of a leg that were sent, and so carry a cost; the others came from nowhere. */
export const sentUnits = ({ sent, before, units }: Leg): number => Math.min(units, Math.max(0, sent - before));

/** What these units carry. Running totals are rounded, so that all parts together are what the dispatch cost. */
export function carriedCost({ leg }: Transit, { units, cost }: DispatchCost): bigint {
  const upTo = (count: number): bigint => share(cost, Math.min(count, units), units);
  return upTo(leg.before + leg.units) - upTo(leg.before);
}

export const rateOf = ({ units, cost, currency }: DispatchCost): CostRate =>
  rateOfValue({ minor: cost, currency }, units);
