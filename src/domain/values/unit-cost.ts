import type { Currency } from './currency.js';
import { currencyPlaces } from './currency.js';
import type { Money } from './money.js';
import { divideHalfUp, formatDecimal, parseDecimal } from './money.js';

/** What one unit costs, in millionths of the currency's major unit; never negative. */
export type UnitCost = bigint & { readonly brand: 'UnitCost' };

/** Places after the point that a unit cost may have. */
export const UNIT_COST_PLACES = 6;

/** Highest unit cost that a receipt may name, in major units. */
const MAX_UNIT_COST = 1_000_000_000n * 10n ** BigInt(UNIT_COST_PLACES);

/** Parses decimal text of up to 6 places, 0 to 1,000,000,000; `undefined` for anything else. */
export function parseUnitCost(text: unknown): UnitCost | undefined {
  const millionths = parseDecimal(text, UNIT_COST_PLACES);
  if (millionths === undefined || millionths < 0n || millionths > MAX_UNIT_COST) return undefined;
  return typeof text === 'string' && text.startsWith('-') ? undefined : (millionths as UnitCost);
}

/** With at least the places of the currency and at most 6: `2.50`, `0.333333`. */
export function formatUnitCost(cost: UnitCost, currency: Currency): string {
  const text = formatDecimal(cost, UNIT_COST_PLACES);
  const least = text.indexOf('.') + 1 + currencyPlaces(currency);
  let end = text.length;
  while (end > least && text[end - 1] === '0') end -= 1;
  return text[end - 1] === '.' ? text.slice(0, end - 1) : text.slice(0, end);
}

/** An exact cost per unit, as a fraction: so much for so many units. */
export interface CostRate {
  readonly currency: Currency;
  /** In millionths of the major unit. */
  readonly millionths: bigint;
  readonly units: number;
}

/** Millionths of the major unit in a minor unit, by the places of the currency. */
const MILLIONTHS_IN_MINOR = [1_000_000n, 100_000n, 10_000n, 1_000n, 100n];

const millionthsInMinor = (currency: Currency): bigint => MILLIONTHS_IN_MINOR[currencyPlaces(currency)] ?? 1n;

export const rateOfUnitCost = (cost: UnitCost, currency: Currency): CostRate => ({
  currency,
  millionths: cost,
  units: 1,
});

/** @param value what all the units cost together. */
export const rateOfValue = ({ minor, currency }: Money, units: number): CostRate => ({
  currency,
  millionths: minor * millionthsInMinor(currency),
  units,
});

/** What so many units cost, in minor units, half up. */
export const costOf = (units: number, { currency, millionths, units: per }: CostRate): bigint =>
  divideHalfUp(millionths * BigInt(units), BigInt(per) * millionthsInMinor(currency));

/** The rate to the nearest millionth, half up. */
export const unitCostOf = (rate: CostRate): UnitCost => divideHalfUp(rate.millionths, BigInt(rate.units)) as UnitCost;
