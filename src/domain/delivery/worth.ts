import type { Posting } from '../valuation/events.js';
import { type Currency, currencyPlaces, storedCurrency } from '../values/currency.js';
import { formatDecimal, type Money, parseDecimal } from '../values/money.js';

/** What is at stake with a posting: its debits, or the amount that could not be valued. */
export function worthOf({ lines, currency, parked }: Posting): Money {
  if (parked !== undefined) {
    const foreign = storedCurrency(parked.currency);
    const minor = parseDecimal(parked.amount, currencyPlaces(foreign)) ?? 0n;
    return { minor: minor < 0n ? -minor : minor, currency: foreign };
  }
  return { minor: lines.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n), currency };
}

/** No currency has more. */
const PLACES = 4;
const OTHERS = '*';

/** How much one person may write off, in each currency. One that is not named takes two people, whatever the amount. */
export class WriteOffLimit {
  /** Anything. */
  static readonly NONE = new WriteOffLimit(undefined);

  /** By currency, in its ten thousandths; `*` is what goes for all others. */
  private constructor(private readonly amounts: ReadonlyMap<string, bigint> | undefined) {}

  /** @param text e.g. `EUR:500.00,GBP:400`, `EUR:500,*:100`; `500.00` is `*:500.00`. Undefined for anything else */
  static parse(text: string): WriteOffLimit | undefined {
    const amounts = new Map<string, bigint>();
    for (const part of text.split(',')) {
      const [, currency = OTHERS, amount] = /^(?:([A-Z]{3}|\*):)?([\d.]+)$/.exec(part.trim()) ?? [];
      const value = parseDecimal(amount, PLACES);
      if (value === undefined || amounts.has(currency)) return undefined;
      amounts.set(currency, value);
    }
    return new WriteOffLimit(amounts);
  }

  /** Reads what {@link toString} wrote. */
  static stored(text: string): WriteOffLimit {
    const limit = text === '' ? WriteOffLimit.NONE : WriteOffLimit.parse(text);
    if (limit === undefined) throw new Error(`Not a stored limit: ${text}`);
    return limit;
  }

  /** As it may be set; empty when there is none. */
  toString(): string {
    return [...(this.amounts ?? [])]
      .map(([currency, value]) => `${currency}:${formatDecimal(value, PLACES)}`)
      .join(',');
  }

  get isSet(): boolean {
    return this.amounts !== undefined;
  }

  isExceededBy({ minor, currency }: Money): boolean {
    if (this.amounts === undefined) return false;
    const most = this.amounts.get(currency) ?? this.amounts.get(OTHERS);
    return most === undefined || minor * 10n ** BigInt(PLACES - currencyPlaces(currency)) > most;
  }

  isExceededByAny(sums: Sums): boolean {
    return [...sums].some(([currency, minor]) => this.isExceededBy({ minor, currency }));
  }
}

/** Amounts in minor units by their currency. */
export type Sums = ReadonlyMap<Currency, bigint>;

export const NOTHING: Sums = new Map();

/** All of them together. */
export function sumOf(...all: readonly Sums[]): Sums {
  const sums = new Map<Currency, bigint>();
  for (const each of all) for (const [currency, minor] of each) sums.set(currency, (sums.get(currency) ?? 0n) + minor);
  return sums;
}

export const plus = (sums: Sums, { minor, currency }: Money): Sums => sumOf(sums, new Map([[currency, minor]]));
