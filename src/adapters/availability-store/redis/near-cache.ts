import type { Sku } from '../../../domain/values/identifiers.js';
import type { AvailabilityAnswer, SkuAvailability } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { RecentDocuments } from './recent-documents.js';
import type { Save } from './save-message.js';

/** What an answer of Redis may be kept for: SKUs that no save has touched since it was asked for. */
export interface Flight {
  readonly untouched: Set<Sku>;
  readonly generation: string;
}

/**
 * Documents in this process, kept level with Redis by what is told of each save: a save's SKUs are dropped, and the
 * cache stands at its position. It answers only when it holds every document asked for, as it is at that position, and
 * has been told of a save a moment ago.
 */
export class NearCache {
  private readonly documents: RecentDocuments;
  /** Where the cache stands; undefined when it has been told of nothing yet. */
  private at: (Save & { readonly toldAtMs: number }) | undefined;
  /** Whose saves count; undefined when the cache is not in use. */
  private generation: string | undefined;
  private readonly flights = new Set<Flight>();

  /** @param patienceMs saves come about once a second; after so long without one the cache no longer answers */
  constructor(
    maxCells: number,
    private readonly patienceMs: number,
  ) {
    this.documents = new RecentDocuments(maxCells);
  }

  /** Forgets everything, and what is on its way. */
  clear(): void {
    this.documents.clear();
    this.at = undefined;
    this.generation = undefined;
    this.flights.clear();
  }

  /** From now on the saves of this generation count: it has been seen to answer truthfully. */
  follow(generation: string): void {
    if (this.generation === generation) return;
    this.clear();
    this.generation = generation;
  }

  told(save: Save, nowMs: number): void {
    if (save.generation !== this.generation) {
      // Another generation answers now; which one is seen when Redis is asked.
      this.clear();
      return;
    }
    if (this.at !== undefined && save.count !== this.at.count + 1) this.forget();
    for (const sku of save.skus) {
      this.documents.delete(sku);
      for (const flight of this.flights) flight.untouched.delete(sku);
    }
    this.at = { ...save, toldAtMs: nowMs };
  }

  /** Undefined when it cannot answer from what it holds. */
  answer(skus: readonly Sku[], minPosition: Position, nowMs: number): AvailabilityAnswer | undefined {
    const { at } = this;
    if (at === undefined || at.position < minPosition || nowMs - at.toldAtMs > this.patienceMs) return undefined;
    const items: (SkuAvailability | undefined)[] = [];
    for (const sku of skus) {
      const held = this.documents.get(sku);
      // Redis may have answered after a save that is yet to be told.
      if (held === undefined || (held.document !== undefined && held.document.position > at.position)) return undefined;
      items.push(held.document);
    }
    return { items, position: at.position, asOf: at.asOf };
  }

  /** Those of the SKUs that it would have to ask for; all when it could not use the others. */
  missing(skus: readonly Sku[], minPosition: Position): readonly Sku[] {
    if (this.at === undefined || this.at.position < minPosition) return skus;
    return skus.filter((sku) => this.documents.get(sku) === undefined);
  }

  /** Redis is being asked for these. Undefined when the answer cannot be kept. */
  begin(skus: Iterable<Sku>): Flight | undefined {
    if (this.generation === undefined) return undefined;
    const flight = { untouched: new Set(skus), generation: this.generation };
    this.flights.add(flight);
    return flight;
  }

  /**
   * Redis has answered: keeps what no save has touched since it was asked. A save that Redis did before it answered is
   * told later, and drops the document once more than needed.
   */
  land(flight: Flight, generation: string, documents: ReadonlyMap<Sku, SkuAvailability | undefined>): void {
    const valid = this.flights.delete(flight) && generation === this.generation;
    if (!valid) return;
    for (const sku of flight.untouched) this.documents.set(sku, { document: documents.get(sku) });
  }

  /** Redis has not answered. */
  lose(flight: Flight): void {
    this.flights.delete(flight);
  }

  /** Not told of a save: nothing held, nor on its way, can be relied upon. */
  private forget(): void {
    this.documents.clear();
    this.flights.clear();
  }
}
