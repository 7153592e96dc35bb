import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { AvailabilityAnswer, SkuAvailability } from '../../ports/availability-store.js';
import type { Position } from '../../ports/event-store.js';

/** Some 30 MB at the very most. */
const MAX_REMEMBERED_CELLS = 400_000;

/** Where a SKU had a stream when the read model was last asked for it. */
export interface KnownLocations {
  readonly locations: readonly LocationId[];
  /** Events up to here were seen. */
  readonly position: Position;
  readonly asOf: Instant;
}

interface Entry {
  locations: readonly LocationId[];
  position: Position;
  asOf: Instant;
}

/**
 * The locations of the SKUs asked for last, so that their streams can be found while the read model is away. In two
 * halves: when the recent half is full it becomes the older one, and what was there is forgotten.
 */
export class LocationMemory {
  private recent = new Map<Sku, Entry>();
  private older = new Map<Sku, Entry>();
  private recentCells = 0;

  constructor(private readonly maxCells = MAX_REMEMBERED_CELLS) {}

  get(sku: Sku): KnownLocations | undefined {
    return this.recent.get(sku) ?? this.older.get(sku);
  }

  learn({ items, position, asOf }: AvailabilityAnswer): void {
    for (const item of items) if (item !== undefined) this.remember(item, position, asOf);
  }

  private remember({ sku, cells }: SkuAvailability, position: Position, asOf: Instant): void {
    const recent = this.recent.get(sku);
    const entry = recent ?? this.older.get(sku);
    // No location ever leaves a SKU: as many as before are the same ones.
    if (entry === undefined || entry.locations.length !== cells.size) {
      this.keep(sku, { locations: [...cells.keys()], position, asOf });
      return;
    }
    entry.position = position;
    entry.asOf = asOf;
    if (recent === undefined) this.keep(sku, entry);
  }

  private keep(sku: Sku, entry: Entry): void {
    this.recentCells += entry.locations.length - (this.recent.get(sku)?.locations.length ?? 0);
    this.recent.set(sku, entry);
    if (this.recentCells <= this.maxCells / 2) return;
    this.older = this.recent;
    this.recent = new Map();
    this.recentCells = 0;
  }
}
