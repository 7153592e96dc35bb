import type { Sku } from '../../domain/values/identifiers.js';
import type { SkuAvailability } from '../../ports/availability-store.js';

/**
 * The documents changed last, in two halves: when the recent half is full it becomes the older one, and what was there
 * is forgotten.
 */
export class DocumentCache {
  private recent = new Map<Sku, SkuAvailability>();
  private older: ReadonlyMap<Sku, SkuAvailability> = new Map();
  private recentCells = 0;

  constructor(private readonly maxCells: number) {}

  get(sku: Sku): SkuAvailability | undefined {
    return this.recent.get(sku) ?? this.older.get(sku);
  }

  keep(documents: readonly SkuAvailability[]): void {
    for (const document of documents) {
      this.recentCells += document.cells.size - (this.recent.get(document.sku)?.cells.size ?? 0);
      this.recent.set(document.sku, document);
    }
    if (this.recentCells > this.maxCells / 2) this.forgetOlder();
  }

  clear(): void {
    this.forgetOlder();
    this.forgetOlder();
  }

  private forgetOlder(): void {
    this.older = this.recent;
    this.recent = new Map();
    this.recentCells = 0;
  }
}
