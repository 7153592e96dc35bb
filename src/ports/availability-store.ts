import type { StockCell } from '../domain/availability/cell.js';
import type { LocationId, Sku } from '../domain/values/identifiers.js';
import type { Instant } from '../domain/values/instant.js';
import type { Position } from './event-store.js';

/** Everything availability knows of one SKU. Never changed once handed over. Deterministic: the fold of the SKU's events up to `position`. */
export interface SkuAvailability {
  readonly sku: Sku;
  /** Position of the newest event in it: a write with an older one changes nothing. */
  readonly position: Position;
  readonly cells: ReadonlyMap<LocationId, StockCell>;
}

/** How far the read model is. */
export interface ReadModelProgress {
  readonly position: Position;
  /** When the read model was last known to be level with the store up to `position`. */
  readonly asOf: Instant;
}

export interface AvailabilityAnswer extends ReadModelProgress {
  /** One entry a SKU asked for, in that order; undefined for a SKU that no event names. */
  readonly items: readonly (SkuAvailability | undefined)[];
}

/** The available-to-promise read model. Rebuildable from the streams at any time, so nothing lives only here. */
export abstract class AvailabilityStore {
  /** What answers name as their source, e.g. `redis`. */
  abstract readonly source: string;

  /**
   * Opens the read model for the store with this identity and gives the position to go on from; `START` when there is
   * nothing yet or it was lost. Until the model has reached `head`, the answer to {@link read} is
   * {@link ReadModelUnavailable}. For the projection that writes through this instance, and nobody else: whoever opens
   * promises to fold everything from there. Readers need not open.
   * @throws ReadModelMismatch when it was built from another event store.
   * @throws ReadModelUnavailable when it is away; so do {@link load}, {@link save} and {@link discard}.
   */
  abstract open(storeIdentity: string, head: Position): Promise<Position>;

  /** The documents as they stand, for the projection to fold on; it may be used while a rebuild is under way. */
  abstract load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]>;

  /**
   * Writes whole documents and the progress. A document older than the one that is there is left out, and the progress
   * never goes back, so that several writers do no harm. Very large saves may show documents before their progress.
   * @throws ReadModelLost when the model that was opened is gone: open it again.
   */
  abstract save(documents: readonly SkuAvailability[], progress: ReadModelProgress): Promise<void>;

  /** Forgets the model that was opened, as if it had been lost: whoever opens it next builds it anew. */
  abstract discard(): Promise<void>;

  /** @throws ReadModelUnavailable when it cannot answer truthfully: away, lost or still building. */
  abstract read(skus: readonly Sku[]): Promise<AvailabilityAnswer>;

  /** @throws ReadModelUnavailable as {@link read} */
  abstract progress(): Promise<ReadModelProgress>;

  abstract close(): Promise<void>;
}

export class ReadModelUnavailable extends Error {
  override readonly name = 'ReadModelUnavailable';
}
export class ReadModelLost extends Error {
  override readonly name = 'ReadModelLost';
}
export class ReadModelMismatch extends Error {
  override readonly name = 'ReadModelMismatch';
}
