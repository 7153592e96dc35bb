import type { Currency } from '../../../domain/values/currency.js';
import type { Sku } from '../../../domain/values/identifiers.js';
import type { ValuationEntry } from '../../../ports/valuation-book.js';

/** The entries of one location, with their sum kept up and their order made when it is asked for. */
export class LocationShelf {
  readonly totals = new Map<Currency, bigint>();
  private readonly entries = new Map<Sku, ValuationEntry>();
  private readonly skus: Sku[] = [];
  private sorted = true;

  get(sku: Sku): ValuationEntry | undefined {
    return this.entries.get(sku);
  }

  /** An entry older than the one that is there is left out. */
  put(entry: ValuationEntry): void {
    const before = this.entries.get(entry.sku);
    if (before !== undefined && before.revision >= entry.revision) return;
    if (before === undefined) {
      this.skus.push(entry.sku);
      this.sorted = false;
    } else this.add(before, -1n);
    this.add(entry, 1n);
    this.entries.set(entry.sku, entry);
  }

  /** The entries by SKU, from behind the one named. */
  *inOrder(after?: Sku): Generator<ValuationEntry> {
    if (!this.sorted) this.skus.sort();
    this.sorted = true;
    for (let index = after === undefined ? 0 : this.indexBehind(after); index < this.skus.length; index += 1) {
      const sku = this.skus[index];
      const entry = sku === undefined ? undefined : this.entries.get(sku);
      if (entry !== undefined) yield entry;
    }
  }

  private indexBehind(after: Sku): number {
    let low = 0;
    let high = this.skus.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.skus[middle] ?? '') <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private add({ value, lastCost }: ValuationEntry, times: bigint): void {
    if (lastCost === null) return;
    this.totals.set(lastCost.currency, (this.totals.get(lastCost.currency) ?? 0n) + times * value);
  }
}
