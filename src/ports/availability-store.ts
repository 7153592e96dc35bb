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

/** Where to look for the reservation that a caller made under a reference of theirs. */
export interface ReservationUnderReference {
  readonly reference: string;
  /** Id of the reservation. */
  readonly id: string;
  /** Nobody finds it by its reference from then on. */
  readonly forgetAfter: Instant;
}

/** So many reservations are found under one reference: the newest. */
export const MAX_UNDER_REFERENCE = 20;

/** Write access to one generation of the read model, for the projection that folds the streams into it. */
export interface AvailabilityWriter {
  /** The documents as they stand, to fold on; it may be used while they are being built. */
  load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]>;

  /**
   * Writes whole documents, the progress, and the reservations among the events that led to it. A document older than
   * the one that is there is left out, and the progress never goes back, so that several writers do no harm. Very
   * large saves may show documents before their progress.
   * @throws ReadModelLost when this generation is gone, or is no longer the one that answers: open the model again.
   */
  save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations?: readonly ReservationUnderReference[],
  ): Promise<void>;
}

/** How the documents of a rebuilt generation compare with those of the one that answers. */
export interface Comparison {
  /** Documents seen at the same position in both, and those that differ though they should not. */
  readonly compared: number;
  readonly differing: number;
  /** A few that differ. */
  readonly examples: readonly Sku[];
  /** Those that changed too fast to be seen at the same position. */
  readonly undecided: number;
  /**
   * Hex, of all that was compared, in the old generation and in the new one: the sum of the hashes of the documents,
   * so that their order does not count.
   */
  readonly checksums: { readonly old: string; readonly new: string };
}

/** A generation that is being built beside the one that answers. */
export interface AvailabilityCandidate extends AvailabilityWriter {
  readonly generation: string;
  /** Where to go on from. */
  readonly position: Position;
  /** Makes this instance the one that builds, for some {@link CLAIM_MS}; false when another one is. */
  claim(): Promise<boolean>;
  /** Lets another instance go on at once. */
  release(): Promise<void>;
  /** Compares with the generation that answers. Called again, it looks only at what was undecided. */
  compare(): Promise<Comparison>;
  /**
   * Makes this the generation that answers, and lets go of the other; false while it is behind that one.
   * @throws ReadModelLost when it is gone: another instance has switched, or given it up.
   */
  promote(comparison: Comparison, now: Instant): Promise<boolean>;
  /** Gives it up. */
  abandon(): Promise<void>;
}

/** How long a claim to build a generation lasts; whoever builds renews it much sooner. */
export const CLAIM_MS = 10_000;

/** A rebuild under way, or the last one. */
export interface RebuildStatus {
  readonly generation: string;
  readonly startedAt: Instant;
  /** Undefined while it is under way. */
  readonly finishedAt?: Instant;
  readonly position: Position;
  /** What it has to reach: where the generation that answers is. */
  readonly target: Position;
  readonly comparison?: Comparison;
}

export interface ReadModelStatus {
  /** Name of the generation that answers. */
  readonly generation: string;
  readonly rebuild?: RebuildStatus;
}

/** The available-to-promise read model. Rebuildable from the streams at any time, so nothing lives only here. */
export abstract class AvailabilityStore implements AvailabilityWriter {
  /** What answers name as their source, e.g. `redis`. */
  abstract readonly source: string;

  /**
   * Opens the read model for the store with this identity and gives the position to go on from; `START` when there is
   * nothing yet or it was lost. Until the model has reached `head`, the answer to {@link read} is
   * {@link ReadModelUnavailable}. For the projection that writes through this instance, and nobody else: whoever opens
   * promises to fold everything from there. Readers need not open.
   * @throws ReadModelMismatch when it was built from another event store.
   * @throws ReadModelUnavailable when it is away; so do all the others.
   */
  abstract open(storeIdentity: string, head: Position): Promise<Position>;

  abstract load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]>;

  abstract save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations?: readonly ReservationUnderReference[],
  ): Promise<void>;

  /** Forgets the model that was opened, as if it had been lost: whoever opens it next builds it anew. */
  abstract discard(): Promise<void>;

  /** What can be answered truthfully and at once; undefined when the model itself has to be asked. */
  atHand(_skus: readonly Sku[], _minPosition?: Position): AvailabilityAnswer | undefined {
    return undefined;
  }

  /**
   * @param minPosition an answer at hand that does not show it is not good enough; what comes from the model itself may
   * still be behind it
   * @throws ReadModelUnavailable when it cannot answer truthfully: away, lost or still building.
   */
  abstract read(skus: readonly Sku[], minPosition?: Position): Promise<AvailabilityAnswer>;

  /** @throws ReadModelUnavailable as {@link read} */
  abstract progress(): Promise<ReadModelProgress>;

  /**
   * Ids of the reservations made under a reference, the newest first, at most {@link MAX_UNDER_REFERENCE}.
   * @throws ReadModelUnavailable as {@link read}
   */
  abstract reservationsUnder(reference: string): Promise<readonly string[]>;

  /** Begins a generation beside the one that answers; when one is being built already, that goes on. */
  abstract beginRebuild(now: Instant): Promise<void>;

  /** The generation being built, by whichever instance began it; undefined when there is none. */
  abstract candidate(): Promise<AvailabilityCandidate | undefined>;

  abstract status(): Promise<ReadModelStatus>;

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
