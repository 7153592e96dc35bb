import { goodsSku } from './movement.js';
import { readLines } from './rows.js';

const PRICE = /^([+-]?)(\d{1,18})(?:\.(\d{1,18}))?$/;
const NO_PRICE = '0.01';

/** Whether a unit price can be read at all: a decimal number, which may be zero or below. */
export function isPrice(text: string): boolean {
  return PRICE.test(text);
}

/** 60 % of a price above zero, rounded half up to the cent, as a decimal string; undefined for any other text. */
export function openingCost(price: string): string | undefined {
  const [, sign, whole = '', fraction = ''] = PRICE.exec(price) ?? [];
  const units = BigInt(whole + fraction || 0);
  if (sign === '-' || units === 0n) return undefined;
  const scale = 10n ** BigInt(fraction.length);
  const cents = (units * 60n * 2n + scale) / (2n * scale);
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

/**
 * The opening unit cost by SKU. A SKU's first price above zero may stand below its first line, or at another location:
 * so the file is read twice, and this is the first pass. Holds one string a SKU, whatever the file's length.
 */
export async function readOpeningCosts(
  file: string,
  onLine: () => void,
  onBytes: (bytes: number) => void,
): Promise<(sku: string) => string> {
  const costs = new Map<string, string>();
  for await (const { row } of readLines(file, onBytes)) {
    onLine();
    const sku = row && goodsSku(row.stock_code);
    if (sku === undefined || costs.has(sku)) continue;
    const cost = openingCost(row?.unit_price ?? '');
    if (cost !== undefined) costs.set(sku, cost);
  }
  return (sku) => costs.get(sku) ?? NO_PRICE;
}
