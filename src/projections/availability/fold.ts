import { evolveCell, NO_CELL, type StockCell } from '../../domain/availability/cell.js';
import { reservationId } from '../../domain/reservation/reservation-id.js';
import { decodeStockEvent } from '../../domain/stock/codec.js';
import type { LocationId, Sku, StockKey } from '../../domain/values/identifiers.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import { type Instant, parseInstant } from '../../domain/values/instant.js';
import type { AvailabilityWriter, ReservationUnderReference, SkuAvailability } from '../../ports/availability-store.js';
import type { Clock } from '../../ports/clock.js';
import type { Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { DocumentCache } from './document-cache.js';

/** Some 50 MB at the very most. */
export const MAX_CACHED_CELLS = 200_000;
/** A reservation is found by its reference until so long after its hold would have ended. */
const FOUND_FOR_MS = 30 * 24 * 3_600_000;

/** Events come without gaps, so a document that lacks some has lost them, and others may have too. */
export class EventsMissing extends Error {
  override readonly name = 'EventsMissing';
}

interface Draft extends SkuAvailability {
  position: Position;
  readonly cells: Map<LocationId, StockCell>;
}

interface KeyedEvent {
  readonly event: RecordedEvent;
  readonly key: StockKey;
}

/**
 * Folds batches into one generation of the read model and writes what they changed, once a batch. An event that a
 * document holds already changes nothing, so replays and several instances do no harm.
 */
export class AvailabilityFold {
  private readonly cache: DocumentCache;

  constructor(
    private readonly model: AvailabilityWriter,
    private readonly clock: Clock,
    maxCachedCells = MAX_CACHED_CELLS,
  ) {
    this.cache = new DocumentCache(maxCachedCells);
  }

  /** To be called whenever another instance may have changed what is there. */
  clear(): void {
    this.cache.clear();
  }

  /** @throws EventsMissing */
  async take(batch: SubscriptionBatch): Promise<void> {
    const asOf = this.levelSince(batch);
    const events = batch.events.map((event) => ({ event, key: stockKeyOf(event.stream) }));
    const changed = await this.fold(events);
    await this.model.save(changed, { position: batch.position, asOf }, this.reservations(events));
    this.cache.keep(changed);
  }

  /** When the model was level with the store: with a backlog, only up to the newest event that it has taken. */
  private levelSince({ events, live }: SubscriptionBatch): Instant {
    const newest = events.at(-1);
    const now = live ? this.clock.now() : 0;
    if (newest === undefined) return now;
    return parseInstant(newest.metadata.recordedAt) ?? now;
  }

  private async fold(events: readonly KeyedEvent[]): Promise<readonly SkuAvailability[]> {
    const documents = await this.documents(new Set(events.map(({ key }) => key.sku)));
    const drafts = new Map<Sku, Draft>();
    for (const { event, key } of events) {
      const draft = drafts.get(key.sku);
      const cell = (draft ?? documents.get(key.sku))?.cells.get(key.location) ?? NO_CELL;
      if (event.revision <= cell.revision) continue;
      if (event.revision > cell.revision + 1) {
        throw new EventsMissing(
          `The read model knows ${event.stream} up to revision ${cell.revision}, then comes ${event.revision}.`,
        );
      }
      const changed = draft ?? draftOf(key.sku, documents.get(key.sku));
      changed.cells.set(key.location, evolveCell(cell, decodeStockEvent(event), event.revision));
      changed.position = event.position > changed.position ? event.position : changed.position;
      drafts.set(key.sku, changed);
    }
    return [...drafts.values()];
  }

  /** The documents as they stand, from the cache where it has them. */
  private async documents(skus: ReadonlySet<Sku>): Promise<ReadonlyMap<Sku, SkuAvailability>> {
    const found = new Map<Sku, SkuAvailability>();
    const missing: Sku[] = [];
    for (const sku of skus) {
      const cached = this.cache.get(sku);
      if (cached === undefined) missing.push(sku);
      else found.set(sku, cached);
    }
    if (missing.length === 0) return found;
    for (const document of await this.model.load(missing))
      if (document !== undefined) found.set(document.sku, document);
    return found;
  }

  /** Reservations that live in one stream, those that may still be asked for. */
  private reservations(events: readonly KeyedEvent[]): readonly ReservationUnderReference[] {
    const now = this.clock.now();
    const found: ReservationUnderReference[] = [];
    for (const { event, key } of events) {
      if (event.type !== 'Reserved') continue;
      const hold = decodeStockEvent(event);
      // A slash marks the holds of a reservation that has a stream of its own.
      if (hold.type !== 'Reserved' || hold.reference.includes('/')) continue;
      const forgetAfter = hold.expiresAt + FOUND_FOR_MS;
      if (forgetAfter <= now) continue;
      const { reference } = hold;
      found.push({ reference, id: reservationId({ key, reference }), forgetAfter });
    }
    return found;
  }
}

const draftOf = (sku: Sku, document: SkuAvailability | undefined): Draft => ({
  sku,
  position: document?.position ?? START,
  cells: new Map(document?.cells),
});
