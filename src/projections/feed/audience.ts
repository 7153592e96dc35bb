import type { Sku } from '../../domain/values/identifiers.js';
import type { FeedEntry } from './feed-entry.js';
import type { FeedReader } from './feed-reader.js';

/** The readers that are offered every entry as it comes, found by SKU where they name SKUs. */
export class Audience {
  private readonly ofAll = new Set<FeedReader>();
  private readonly bySku = new Map<Sku, Set<FeedReader>>();

  add(reader: FeedReader): void {
    const { skus } = reader.filter;
    if (skus === undefined) this.ofAll.add(reader);
    else for (const sku of skus) this.readersOf(sku).add(reader);
  }

  delete(reader: FeedReader): void {
    this.ofAll.delete(reader);
    for (const sku of reader.filter.skus ?? []) {
      const readers = this.bySku.get(sku);
      readers?.delete(reader);
      if (readers?.size === 0) this.bySku.delete(sku);
    }
  }

  has(reader: FeedReader): boolean {
    const [sku] = reader.filter.skus ?? [];
    return sku === undefined ? this.ofAll.has(reader) : this.bySku.get(sku)?.has(reader) === true;
  }

  /** Offers an entry to all whom it may concern; who is full then leaves. */
  offer(entry: FeedEntry): void {
    for (const readers of [this.ofAll, this.bySku.get(entry.key.sku) ?? []]) {
      for (const reader of readers) {
        reader.offer(entry);
        if (reader.isFull) this.delete(reader);
      }
    }
  }

  private readersOf(sku: Sku): Set<FeedReader> {
    const readers = this.bySku.get(sku) ?? new Set();
    this.bySku.set(sku, readers);
    return readers;
  }
}
