import { decodeStockEvent } from '../../domain/stock/codec.js';
import type { StockEvent } from '../../domain/stock/events.js';
import { DEFAULT_RULES, type PostingRules } from '../../domain/valuation/posting-rules.js';
import { currencyCarried } from '../../domain/valuation/value.js';
import { storedCurrency } from '../../domain/values/currency.js';
import type { ClientId, StockKey } from '../../domain/values/identifiers.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { forEachBounded } from '../bounded.js';
import { CheckpointedProjection } from '../checkpointed-projection.js';
import { LocationCurrencies } from './location-currencies.js';
import { MasterDataAtPosition } from './master-data.js';
import type { StockFact } from './stream-valuer.js';
import { StreamValuer } from './stream-valuer.js';
import { TransitLookup, transferNamedBy } from './transit-lookup.js';
import { ValuationCache } from './valuation-cache.js';

export interface ValuationOptions {
  /** IANA zone in which postings are dated of a location that has none of its own, e.g. `Europe/London`. */
  readonly timeZone: string;
  readonly rules?: PostingRules;
  /** Valuation streams whose state is kept in memory, some 500 B each. */
  readonly cachedStreams?: number;
}

/** The valuation's name, also in its checkpoint stream. */
export const VALUATION = 'valuation';

/** Streams read at once: a server may take only a hundred calls on one connection. */
const READS_AT_ONCE = 64;
/** Streams appended to at once: appends share one call. */
const APPENDS_AT_ONCE = 256;
/** The more events come together, the more of them belong to one stream, and are one append. Some 2 kB each. */
const MAX_BATCH = 32_768;

/** Types of events that may be about a transfer. */
const TRANSFERRING: ReadonlySet<string> = new Set<StockEvent['type']>(['Dispatched', 'Arrived', 'SupplyCancelled']);

/** Values every movement once, into `valuation-` streams. Any number may run: the streams' revisions decide. */
export class ValuationProjection extends CheckpointedProjection {
  readonly mayLag = true;
  readonly maxBatch = MAX_BATCH;
  readonly streamPrefixes: readonly string[];
  private readonly cache: ValuationCache;
  private readonly currencies: LocationCurrencies;
  private readonly masterData: MasterDataAtPosition;
  private readonly valuer: StreamValuer;
  private readonly transits: TransitLookup;

  constructor(store: EventStore, { timeZone, rules = DEFAULT_RULES, cachedStreams = 50_000 }: ValuationOptions) {
    super(store, VALUATION);
    this.cache = new ValuationCache(store, cachedStreams);
    this.currencies = new LocationCurrencies(store);
    this.masterData = new MasterDataAtPosition(store);
    this.streamPrefixes = ['stock-', ...this.masterData.streamPrefixes];
    this.valuer = new StreamValuer(store, this.cache, this.currencies, rules, timeZone);
    this.transits = new TransitLookup(store, this.cache);
  }

  protected override begin(place: Position): void {
    this.cache.clear();
    this.masterData.startAt(place);
  }

  protected override async take({ events }: SubscriptionBatch): Promise<void> {
    let run = new Run();
    await this.readMasterData(events);
    for (const recorded of events) {
      if (this.masterData.note(recorded)) continue;
      const key = run.keyOf(recorded.stream);
      const event = this.mattersElsewhere(recorded, key) ? decodeStockEvent(recorded) : undefined;
      const transferId = event === undefined ? undefined : transferNamedBy(event);
      // What left has to be valued before what arrives of it.
      if (transferId !== undefined && run.dispatches.has(transferId)) {
        await this.value(run);
        run = new Run();
      }
      const transit =
        event === undefined || transferId === undefined ? undefined : await this.transits.find(transferId, key, event);
      const masterData =
        this.masterData.peek(key, recorded.position) ?? (await this.masterData.at(key, recorded.position));
      run.add(key, { recorded, transit, masterData });
      if (event === undefined) continue;
      if (event.type === 'Dispatched') run.dispatches.add(event.transferId);
      await this.adoptCurrency(key, recorded.id, currencyCarried(event, transit));
    }
    await this.value(run);
  }

  /** Whether an event has to do with more than its own stream; most do not, and are looked into when they are valued. */
  private mattersElsewhere({ type }: RecordedEvent, { location }: StockKey): boolean {
    return TRANSFERRING.has(type) || this.currencies.get(location) === undefined;
  }

  /** In the order of the store, so that everyone who values these events finds the same first cost. */
  private async adoptCurrency({ location }: StockKey, eventId: string, carried: string | undefined): Promise<void> {
    if (carried === undefined || this.currencies.get(location) !== undefined) return;
    await this.currencies.adopt(location, storedCurrency(carried), eventId);
  }

  /** Side by side, what the batch is going to ask for and nobody knows yet. */
  private async readMasterData(events: readonly RecordedEvent[]): Promise<void> {
    if (this.masterData.knowsAll) return;
    const unknown = new Map<string, { readonly key: StockKey; readonly position: Position }>();
    for (const { stream, position } of events) {
      if (!stream.startsWith('stock-') || unknown.has(stream)) continue;
      const key = stockKeyOf(stream);
      if (this.masterData.peek(key, position) === undefined) unknown.set(stream, { key, position });
    }
    await forEachBounded(unknown.values(), READS_AT_ONCE, async ({ key, position }) => {
      await this.masterData.at(key, position);
    });
  }

  private async value({ byStream }: Run): Promise<void> {
    const unread = [...byStream.values()].filter(({ key, facts }) => this.valuer.hasToRead(key, facts));
    await forEachBounded(unread, READS_AT_ONCE, ({ key }) => this.valuer.read(key));
    await forEachBounded(byStream.values(), APPENDS_AT_ONCE, ({ key, facts }) => this.valuer.value(key, facts));
  }
}

/** Events whose streams can be valued side by side: none of them needs the value of another. */
class Run {
  readonly byStream = new Map<string, { readonly key: StockKey; readonly facts: StockFact[] }>();
  readonly dispatches = new Set<ClientId>();

  keyOf(stream: string): StockKey {
    return this.byStream.get(stream)?.key ?? stockKeyOf(stream);
  }

  add(key: StockKey, fact: StockFact): void {
    const { stream } = fact.recorded;
    const known = this.byStream.get(stream);
    if (known === undefined) this.byStream.set(stream, { key, facts: [fact] });
    else known.facts.push(fact);
  }
}
