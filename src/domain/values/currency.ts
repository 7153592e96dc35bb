/** An ISO 4217 code, e.g. `GBP`. */
export type Currency = string & { readonly brand: 'Currency' };

const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Places after the point where ISO 4217 says other than two. */
const PLACES: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV'].map(places(0)),
  ...['XAF', 'XOF', 'XPF'].map(places(0)),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map(places(3)),
  ...['CLF', 'UYW'].map(places(4)),
]);

function places(count: number): (code: string) => [string, number] {
  return (code) => [code, count];
}

/** Whether a caller may use it: the list is the runtime's, so this belongs at the edge only. */
export const isCurrency = (value: unknown): value is Currency => typeof value === 'string' && KNOWN.has(value);

/** Reads a currency that was accepted once; the runtime's list may have changed since. */
export function storedCurrency(text: string): Currency {
  if (!/^[A-Z]{3}$/.test(text)) throw new Error(`Not a stored currency: ${text}`);
  return text as Currency;
}

/** Places after the point of its amounts: 2 for most, 0 for JPY, 3 for KWD, 4 for CLF. */
export const currencyPlaces = (currency: Currency): number => PLACES.get(currency) ?? 2;
