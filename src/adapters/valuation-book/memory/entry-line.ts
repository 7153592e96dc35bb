import { storedCurrency } from '../../../domain/values/currency.js';
import type { LocationId, Sku } from '../../../domain/values/identifiers.js';
import type { CostRate } from '../../../domain/values/unit-cost.js';
import type { ValuationEntry } from '../../../ports/valuation-book.js';

/** Name and version of the form of these lines. */
export const ENTRY_FORMAT = 'stockfold-valuation-1';

/** An entry as a line of a checkpoint. */
export function encodeEntry({ sku, location, quantity, value, lastCost, method, revision }: ValuationEntry): string {
  const cost = lastCost === null ? [] : [lastCost.currency, lastCost.millionths.toString(), lastCost.units];
  return JSON.stringify([sku, location, quantity, value.toString(), method, revision, ...cost]);
}

type EntryLine = [
  Sku,
  LocationId,
  number,
  string,
  ValuationEntry['method'],
  number,
  ...([string, string, number] | []),
];

/** Reads what {@link encodeEntry} wrote. */
export function decodeEntry(line: string): ValuationEntry {
  const [sku, location, quantity, value, method, revision, ...cost] = JSON.parse(line) as EntryLine;
  return { sku, location, quantity, value: BigInt(value), lastCost: decodeCost(cost), method, revision };
}

function decodeCost([currency, millionths, units]: [string, string, number] | []): CostRate | null {
  if (currency === undefined || millionths === undefined || units === undefined) return null;
  return { currency: storedCurrency(currency), millionths: BigInt(millionths), units };
}
