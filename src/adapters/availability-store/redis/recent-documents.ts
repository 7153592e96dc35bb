import type { Sku } from '../../../domain/values/identifiers.js';
import type { SkuAvailability } from '../../../ports/availability-store.js';

/** A document, or that there is none. */
export interface Held {
  readonly document: SkuAvailability | undefined;
}

/**
 * The documents used last, in two halves: when the recent half is full it becomes the older one, and what was there is
 * forgotten.
 */
export class RecentDocuments {
  private recent = new Map<Sku, Held>();
  private older = new Map<Sku, Held>();
  private recentCells = 0;

  /** @param maxCells bounds the memory, of which a cell takes some 0.3 KB; a document counts as one cell at least */
  constructor(private readonly maxCells: number) {}

  get(sku: Sku): Held | undefined {
    const held = this.recent.get(sku);
    if (held !== undefined) return held;
    const older = this.older.get(sku);
    if (older !== undefined) this.set(sku, older);
    return older;
  }

  set(sku: Sku, held: Held): void {
    this.recentCells += weight(held) - weight(this.recent.get(sku));
    this.recent.set(sku, held);
    if (this.recentCells <= this.maxCells / 2) return;
    this.older = this.recent;
    this.recent = new Map();
    this.recentCells = 0;
  }

  delete(sku: Sku): void {
    this.recentCells -= weight(this.recent.get(sku));
    this.recent.delete(sku);
    this.older.delete(sku);
  }

  clear(): void {
    this.recent = new Map();
    this.older = new Map();
    this.recentCells = 0;
  }
}

const weight = (held: Held | undefined): number =>
  held === undefined ? 0 : Math.max(1, held.document?.cells.size ?? 1);
