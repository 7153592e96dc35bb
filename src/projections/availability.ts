import type { StockCell } from '../domain/availability/cell.js';
import { evolveCell, NO_CELL } from '../domain/availability/cell.js';
import { decodeStockEvent } from '../domain/stock/codec.js';
import type { LocationId, Sku } from '../domain/values/identifiers.js';
import { stockKeyOf } from '../domain/values/identifiers.js';
import { type Instant, parseInstant } from '../domain/values/instant.js';
import type { AvailabilityStore, SkuAvailability } from '../ports/availability-store.js';
import { ReadModelLost } from '../ports/availability-store.js';
import type { Clock } from '../ports/clock.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import type { Projection } from './run.js';

const STOCK_STREAMS = ['stock-'];
/** Some 50 MB at the very most. */
const MAX_CACHED_CELLS = 200_000;

interface Draft extends SkuAvailability {
  position: Position;
  readonly cells: Map<LocationId, StockCell>;
}

/**
 * Keeps the availability read model level with the stock streams: folds a batch in memory and writes what it changed,
 * once. An event that a document holds already changes nothing, so replays and several instances do no harm.
 */
export class AvailabilityProjection implements Projection {
  readonly name = 'availability';
  readonly isReadModel = true;
  readonly streamPrefixes = STOCK_STREAMS;
  private readonly cache: DocumentCache;
  private position = START;

  constructor(
    private readonly events: EventStore,
    private readonly model: AvailabilityStore,
    private readonly clock: Clock,
    maxCachedCells = MAX_CACHED_CELLS,
  ) {
    this.cache = new DocumentCache(maxCachedCells);
  }

  async start(): Promise<Position> {
    this.cache.clear();
    const identity = await this.events.identity();
    this.position = await this.model.open(identity, await this.events.head(STOCK_STREAMS));
    return this.position;
  }

  async handle(batch: SubscriptionBatch): Promise<void> {
    const asOf = this.levelSince(batch);
    const changed = await this.fold(batch.events);
    await this.model.save(changed, { position: batch.position, asOf });
    this.cache.keep(changed);
    this.position = batch.position;
  }

  async idle(): Promise<void> {
    await this.model.save([], { position: this.position, asOf: this.clock.now() });
  }

  /** When the model was level with the store: with a backlog, only up to the newest event that it has taken. */
  private levelSince({ events, live }: SubscriptionBatch): Instant {
    const newest = events.at(-1);
    const now = live ? this.clock.now() : 0;
    if (newest === undefined) return now;
    return parseInstant(newest.metadata.recordedAt) ?? now;
  }

  private async fold(events: readonly RecordedEvent[]): Promise<readonly SkuAvailability[]> {
    const keyed = events.map((event) => ({ event, key: stockKeyOf(event.stream) }));
    const documents = await this.documents(new Set(keyed.map(({ key }) => key.sku)));
    const drafts = new Map<Sku, Draft>();
    for (const { event, key } of keyed) {
      const draft = drafts.get(key.sku);
      const cell = (draft ?? documents.get(key.sku))?.cells.get(key.location) ?? NO_CELL;
      if (event.revision <= cell.revision) continue;
      if (event.revision > cell.revision + 1) return this.lost(event, cell);
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
    for (const document of await this.model.load(missing))
      if (document !== undefined) found.set(document.sku, document);
    return found;
  }

  /** Events come without gaps, so the document has lost some, and others may have: all is built anew. */
  private async lost(event: RecordedEvent, cell: StockCell): Promise<never> {
    await this.model.discard();
    throw new ReadModelLost(
      `The read model knows ${event.stream} up to revision ${cell.revision}, then comes ${event.revision}.`,
    );
  }
}

const draftOf = (sku: Sku, document: SkuAvailability | undefined): Draft => ({
  sku,
  position: document?.position ?? START,
  cells: new Map(document?.cells),
});

/**
 * The documents changed last, in two halves: when the recent half is full it becomes the older one, and what was there
 * is forgotten.
 */
class DocumentCache {
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
