import type { Sku } from '../../../domain/values/identifiers.js';
import type { Instant } from '../../../domain/values/instant.js';
import type {
  AvailabilityCandidate,
  Comparison,
  ReadModelProgress,
  ReservationUnderReference,
  SkuAvailability,
} from '../../../ports/availability-store.js';
import { ReadModelLost } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { Comparing } from '../comparing.js';
import { encodeDocument } from '../document.js';
import type { Generation } from './generation.js';

/** What the candidate needs of the store that it belongs to. */
export interface CandidateHome {
  readonly live: Generation;
  isCandidate(generation: Generation): boolean;
  promote(generation: Generation, comparison: Comparison, now: Instant): Promise<void>;
  abandon(generation: Generation): Promise<void>;
}

/** Documents compared before the event loop gets a turn. */
const TURN = 1_000;

/** A generation in memory that is being built. */
export class MemoryCandidate implements AvailabilityCandidate {
  private comparing: Comparing | undefined;

  constructor(
    private readonly home: CandidateHome,
    private readonly mine: Generation,
  ) {}

  get generation(): string {
    return this.mine.name;
  }

  get position(): Position {
    return this.mine.position;
  }

  async load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    return this.mine.load(skus);
  }

  async save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations: readonly ReservationUnderReference[] = [],
  ): Promise<void> {
    this.refuseLost();
    this.mine.save(documents, progress, reservations);
  }

  /** The process is the only one. */
  async claim(): Promise<boolean> {
    return true;
  }
  async release(): Promise<void> {}

  async compare(): Promise<Comparison> {
    const { live } = this.home;
    const skus = this.comparing?.undecided ?? [...new Set([...live.documents.keys(), ...this.mine.documents.keys()])];
    this.comparing ??= new Comparing();
    for (const [index, sku] of skus.entries()) {
      if (index % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
      this.comparing.look(sku, seen(live, sku), seen(this.mine, sku));
    }
    return this.comparing.result();
  }

  async promote(comparison: Comparison, now: Instant): Promise<boolean> {
    this.refuseLost();
    if (this.mine.position < this.home.live.position) return false;
    await this.home.promote(this.mine, comparison, now);
    return true;
  }

  async abandon(): Promise<void> {
    await this.home.abandon(this.mine);
  }

  private refuseLost(): void {
    if (!this.home.isCandidate(this.mine)) throw new ReadModelLost(`Generation ${this.mine.name} is no longer built.`);
  }
}

function seen({ position, documents }: Generation, sku: Sku): { position: Position; text: string | undefined } {
  const document = documents.get(sku);
  return { position, text: document === undefined ? undefined : encodeDocument(document) };
}
