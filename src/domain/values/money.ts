import type { Currency } from './currency.js';
import { currencyPlaces } from './currency.js';

/** An exact amount: whole minor units of its currency, e.g. 1234n of GBP for 12.34. Either sign. */
export interface Money {
  readonly minor: bigint;
  readonly currency: Currency;
}

/** Largest amount that a caller may name, in major units. */
const MAX_AMOUNT = 1_000_000_000_000_000n;

/**
 * Parses decimal text with at most the places of the currency, up to 1,000,000,000,000,000 either way; `undefined` for
 * anything else, also exponents.
 */
export function parseMoney(text: unknown, currency: Currency): Money | undefined {
  const places = currencyPlaces(currency);
  const minor = parseDecimal(text, places);
  const most = MAX_AMOUNT * 10n ** BigInt(places);
  return minor === undefined || minor > most || minor < -most ? undefined : { minor, currency };
}

/** Reads an amount that this service wrote itself, of any size. */
export function storedMoney(text: string, currency: Currency): Money {
  const minor = parseDecimal(text, currencyPlaces(currency));
  if (minor === undefined) throw new Error(`Not a stored amount of ${currency}: ${text}`);
  return { minor, currency };
}

/** With exactly the places of the currency: `12.34`, `-0.05`; `1234` for JPY. */
export const formatMoney = ({ minor, currency }: Money): string => formatDecimal(minor, currencyPlaces(currency));

/** Longer text is no amount of this world, and parsing it would be work for nothing. */
const MAX_TEXT_LENGTH = 40;

/** Decimal text as a whole number of units of its last place; `undefined` when it is not plain or has more places. */
export function parseDecimal(text: unknown, places: number): bigint | undefined {
  if (typeof text !== 'string' || text.length > MAX_TEXT_LENGTH) return undefined;
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = parts;
  if (fraction.length > places) return undefined;
  const digits = BigInt(whole + fraction.padEnd(places, '0'));
  return sign === '-' ? -digits : digits;
}

/** @param value a whole number of units of the last place. */
export function formatDecimal(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, '0');
  const sign = value < 0n ? '-' : '';
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The quotient rounded half up; halves of negatives go away from zero too, so that a reversal mirrors its original. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (2n * top + bottom) / (2n * bottom);
  return negative ? -rounded : rounded;
}

/** The part of an amount that falls to some of its units, half up; all of them get all of it. */
export const share = (amount: bigint, part: number, whole: number): bigint =>
  divideHalfUp(amount * BigInt(part), BigInt(whole));

/**
 * The parts of an amount by weights, which sum to it: each is rounded towards 0, and what is left over goes by a minor
 * unit each to those that lost most by that, of equals to the first. @param weights above 0
 */
export function allotted(amount: bigint, weights: readonly number[]): readonly bigint[] {
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  const products = weights.map((weight) => amount * BigInt(weight));
  const parts = products.map((product) => product / whole);
  const lost = products.map((product, index) => ({ index, rest: magnitude(product % whole) }));
  const left = magnitude(amount - parts.reduce((sum, part) => sum + part, 0n));
  const most = lost.sort((one, other) =>
    one.rest === other.rest ? one.index - other.index : one.rest > other.rest ? -1 : 1,
  );
  for (const { index } of most.slice(0, Number(left))) parts[index] = (parts[index] ?? 0n) + (amount < 0n ? -1n : 1n);
  return parts;
}

const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
