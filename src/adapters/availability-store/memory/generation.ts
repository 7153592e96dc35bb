import type { Sku } from '../../../domain/values/identifiers.js';
import type { Instant } from '../../../domain/values/instant.js';
import type {
  ReadModelProgress,
  ReservationUnderReference,
  SkuAvailability,
} from '../../../ports/availability-store.js';
import { MAX_UNDER_REFERENCE } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';

/** References remembered; the oldest are forgotten first. Some 30 MB. */
const MAX_REFERENCES = 100_000;

/** The reservations under one reference, the newest last. */
export interface Reference {
  readonly ids: readonly string[];
  readonly forgetAfter: Instant;
}

/** All documents of one generation, and how far it is. */
export class Generation implements ReadModelProgress {
  readonly documents = new Map<Sku, SkuAvailability>();
  readonly references = new Map<string, Reference>();
  position: Position = START;
  asOf: Instant = 0;

  constructor(readonly name: string) {}

  load(skus: readonly Sku[]): readonly (SkuAvailability | undefined)[] {
    return skus.map((sku) => this.documents.get(sku));
  }

  save(
    documents: readonly SkuAvailability[],
    { position, asOf }: ReadModelProgress,
    reservations: readonly ReservationUnderReference[],
  ): void {
    for (const document of documents) {
      const stored = this.documents.get(document.sku);
      if (stored === undefined || stored.position < document.position) this.documents.set(document.sku, document);
    }
    for (const reservation of reservations) this.note(reservation);
    if (position > this.position) this.position = position;
    if (asOf > this.asOf) this.asOf = asOf;
  }

  private note({ reference, id, forgetAfter }: ReservationUnderReference): void {
    const known = this.references.get(reference);
    if (known?.ids.includes(id)) return;
    this.references.set(reference, {
      ids: [...(known?.ids ?? []), id].slice(-MAX_UNDER_REFERENCE),
      forgetAfter: Math.max(forgetAfter, known?.forgetAfter ?? 0),
    });
    if (this.references.size <= MAX_REFERENCES) return;
    for (const oldest of this.references.keys()) {
      this.references.delete(oldest);
      return;
    }
  }
}
