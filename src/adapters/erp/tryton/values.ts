import type { Currency } from '../../../domain/values/currency.js';
import { formatMoney, parseDecimal } from '../../../domain/values/money.js';

/** Decimals and dates travel as objects that name their class. */
export interface TrytonDecimal {
  readonly __class__: 'Decimal';
  readonly decimal: string;
}

export interface TrytonDate {
  readonly __class__: 'date';
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** @param minor in minor units, not below 0 */
export const trytonDecimal = (minor: bigint, currency: Currency): TrytonDecimal => ({
  __class__: 'Decimal',
  decimal: formatMoney({ minor, currency }),
});

/** In minor units. @throws when it has more places than that */
export function minorOf({ decimal }: TrytonDecimal, places: number): bigint {
  const minor = parseDecimal(plain(decimal), places);
  if (minor === undefined) throw new Error(`The ERP holds ${decimal}, which is no amount of ${places} places.`);
  return minor;
}

/** Sums may come back as `0E-8` or `1.5E+3`, or with more zeros than the currency has places. */
function plain(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(decimal) ?? [];
  const places = fraction.length - Number(exponent);
  const digits = whole + fraction + '0'.repeat(Math.max(0, -places));
  if (places <= 0) return sign + digits;
  const padded = digits.padStart(places + 1, '0');
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places).replace(/0+$/, '')}`.replace(/\.$/, '');
}

/** @param date `YYYY-MM-DD` */
export function trytonDate(date: string): TrytonDate {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return { __class__: 'date', year, month, day };
}

/** `YYYY-MM-DD` */
export const dateOf = ({ year, month, day }: TrytonDate): string =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
