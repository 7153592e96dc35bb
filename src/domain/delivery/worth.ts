import type { Posting } from '../valuation/events.js';
import { currencyPlaces, storedCurrency } from '../values/currency.js';
import { type Money, parseDecimal } from '../values/money.js';

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

/** How much one person may write off, whatever the currency. */
export class WriteOffLimit {
  static readonly NONE = new WriteOffLimit(undefined);

  private constructor(private readonly tenThousandths: bigint | undefined) {}

  /** @param text decimal, e.g. `500.00`; undefined for anything else */
  static parse(text: string): WriteOffLimit | undefined {
    const value = parseDecimal(text, PLACES);
    return value === undefined || value < 0n ? undefined : new WriteOffLimit(value);
  }

  isExceededBy({ minor, currency }: Money): boolean {
    if (this.tenThousandths === undefined) return false;
    return minor * 10n ** BigInt(PLACES - currencyPlaces(currency)) > this.tenThousandths;
  }
}
