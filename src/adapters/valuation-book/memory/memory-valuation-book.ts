import type { Currency } from '../../../domain/values/currency.js';
import type { LocationId, StockKey } from '../../../domain/values/identifiers.js';
import type { CheckpointContent } from '../../../ports/checkpoint.js';
import { START } from '../../../ports/event-store.js';
import type {
  ValuationEntry,
  ValuationPage,
  ValuationPageQuery,
  ValuationProgress,
} from '../../../ports/valuation-book.js';
import { ValuationBook } from '../../../ports/valuation-book.js';
import type { CheckpointFile } from '../../checkpoint-file.js';
import { RareCheckpoints } from '../../rare-checkpoints.js';
import { decodeEntry, encodeEntry } from './entry-line.js';
import { LocationShelf } from './location-shelf.js';

const CHECKPOINT_EVERY_MS = 30_000;
const NOTHING_YET: ValuationProgress = { position: START, valuedUpTo: START };

/** The valuation book of a single process, kept over restarts by a checkpoint file when it has one. */
export class MemoryValuationBook extends ValuationBook {
  private readonly shelves = new Map<LocationId, LocationShelf>();
  private reached = NOTHING_YET;
  /** The event store that the book belongs to; undefined before it was opened. */
  private storeIdentity: string | undefined;
  private readonly checkpoints: RareCheckpoints;

  /** @param file in {@link ENTRY_FORMAT} */
  constructor(file?: CheckpointFile) {
    super();
    this.checkpoints = new RareCheckpoints(file, CHECKPOINT_EVERY_MS);
  }

  async open(storeIdentity: string): Promise<ValuationProgress> {
    if (this.storeIdentity === storeIdentity) return this.reached;
    this.shelves.clear();
    this.reached = NOTHING_YET;
    const checkpoint = await this.checkpoints.open(storeIdentity);
    if (checkpoint !== undefined) {
      for (const line of checkpoint.lines) this.put(decodeEntry(line));
      const [position = '0', valuedUpTo = '0'] = checkpoint.progress;
      this.reached = { position: BigInt(position), valuedUpTo: BigInt(valuedUpTo) };
    }
    this.storeIdentity = storeIdentity;
    return this.reached;
  }

  async save(entries: readonly ValuationEntry[], progress: ValuationProgress): Promise<void> {
    for (const entry of entries) this.put(entry);
    if (progress.position <= this.reached.position) return;
    this.reached = progress;
    this.checkpoints.changed(() => this.content());
  }

  async get({ sku, location }: StockKey): Promise<ValuationEntry | undefined> {
    return this.shelves.get(location)?.get(sku);
  }

  async page({ locations, after, limit }: ValuationPageQuery): Promise<ValuationPage> {
    const matching = [...this.shelves]
      .filter(([location]) => locations === '*' || locations.has(location))
      .sort(byName);
    const entries: ValuationEntry[] = [];
    for (const [location, shelf] of matching) {
      if (after !== undefined && location < after.location) continue;
      for (const entry of shelf.inOrder(location === after?.location ? after.sku : undefined)) {
        entries.push(entry);
        if (entries.length > limit) break;
      }
      if (entries.length > limit) break;
    }
    const totals = sum(matching.map(([, shelf]) => shelf));
    return { entries: entries.slice(0, limit), more: entries.length > limit, totals };
  }

  async progress(): Promise<ValuationProgress> {
    return this.reached;
  }

  async close(): Promise<void> {
    await this.checkpoints.close();
  }

  private put(entry: ValuationEntry): void {
    const shelf = this.shelves.get(entry.location) ?? new LocationShelf();
    this.shelves.set(entry.location, shelf);
    shelf.put(entry);
  }

  private content(): CheckpointContent {
    // Entries are replaced and never changed, so a list of them stays what it is while it is written.
    const entries = [...this.shelves.values()].flatMap((shelf) => [...shelf.inOrder()]);
    const { position, valuedUpTo } = this.reached;
    return { progress: [position.toString(), valuedUpTo.toString()], lines: lines(entries) };
  }
}

function* lines(entries: readonly ValuationEntry[]): Generator<string> {
  for (const entry of entries) yield encodeEntry(entry);
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);

function sum(shelves: readonly LocationShelf[]): ValuationPage['totals'] {
  const totals = new Map<Currency, bigint>();
  for (const shelf of shelves) {
    for (const [currency, minor] of shelf.totals) totals.set(currency, (totals.get(currency) ?? 0n) + minor);
  }
  return [...totals].sort(byName).map(([currency, minor]) => ({ currency, minor }));
}
