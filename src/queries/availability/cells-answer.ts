import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import type { CellFigures } from './cell-view.js';

/** Which cells of a SKU count. */
export interface LocationScope {
  /** A location that the caller may not see looks like one that is not there. */
  readonly maySee: (location: LocationId) => boolean;
  /** Only these count; all when absent. One without a stream for the SKU is left out. */
  readonly only?: ReadonlySet<LocationId>;
}

/** The cells of one SKU that count, in no particular order. */
export interface SkuCells {
  readonly sku: Sku;
  readonly cells: readonly CellFigures[];
}

interface Provenance {
  /** Every event up to here is in it; perhaps newer ones too. */
  readonly position: Position;
  /** E.g. `redis`; `streams` while the read model is away. */
  readonly source: string;
}

/** How fresh an answer is, and where it comes from, as callers are told. */
export interface Freshness extends Provenance {
  readonly ageMs: number;
  /** True when the position asked for was not reached in time. */
  readonly stale: boolean;
}

export interface CellsAnswer extends Provenance {
  readonly asOf: Instant;
  readonly items: readonly SkuCells[];
  /** SKUs that no event names, as far as the caller may see: their availability is not 0, it is not known. */
  readonly unknown: readonly Sku[];
  /** The instant whose living holds count. */
  readonly now: Instant;
  /** Said by an answer that waiting would not make fresher; otherwise the position tells. */
  readonly stale?: boolean;
}

export const freshness = ({ position, source, now, asOf, stale = false }: CellsAnswer): Freshness => ({
  position,
  ageMs: Math.max(0, now - asOf),
  source,
  stale,
});
