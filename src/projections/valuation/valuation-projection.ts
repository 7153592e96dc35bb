import { decodeStockEvent } from '../../domain/stock/codec.js';
import { currencyCarried } from '../../domain/valuation/value.js';
import { storedCurrency } from '../../domain/values/currency.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { forEachBounded } from '../bounded.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';
import { LocationCurrencies } from './location-currencies.js';
import type { StockFact } from './stream-valuer.js';
import { StreamValuer } from './stream-valuer.js';
import { ValuationCache } from './valuation-cache.js';

export interface ValuationOptions {
  /** IANA zone in which postings are dated, e.g. `Europe/London`. */
  readonly timeZone: string;
  /** Valuation streams whose state is kept in memory, some 500 B each. */
  readonly cachedStreams?: number;
}

/** The valuation's name, also in its checkpoint stream. */
export const VALUATION = 'valuation';

/** Streams worked on at once: a server may take only a hundred calls on one connection. */
const STREAMS_AT_ONCE = 64;

/** Values every movement once, into `valuation-` streams. Any number may run: the streams' revisions decide. */
export class ValuationProjection implements Projection {
  readonly name = VALUATION;
  readonly streamPrefixes = ['stock-'];
  private readonly checkpoint: CheckpointStream;
  private readonly cache: ValuationCache;
  private readonly currencies: LocationCurrencies;
  private readonly valuer: StreamValuer;
  private dealtWith: Position = 0n;

  constructor(store: EventStore, { timeZone, cachedStreams = 50_000 }: ValuationOptions) {
    this.checkpoint = new CheckpointStream(store, this.name);
    this.cache = new ValuationCache(store, cachedStreams);
    this.currencies = new LocationCurrencies(store);
    this.valuer = new StreamValuer(store, this.cache, this.currencies, timeZone);
  }

  async start(): Promise<Position> {
    this.cache.clear();
    this.dealtWith = await this.checkpoint.load();
    return this.dealtWith;
  }

  async handle({ events }: SubscriptionBatch): Promise<void> {
    const byStream = new Map<string, { key: StockKey; facts: StockFact[] }>();
    for (const recorded of events) {
      const event = decodeStockEvent(recorded);
      const { key, facts } = byStream.get(recorded.stream) ?? { key: stockKeyOf(recorded.stream), facts: [] };
      if (facts.length === 0) byStream.set(recorded.stream, { key, facts });
      facts.push({ recorded, event });
      // In the order of the store, so that everyone who values these events finds the same first cost.
      const currency = currencyCarried(event);
      if (currency !== undefined && this.currencies.get(key.location) === undefined) {
        await this.currencies.adopt(key.location, storedCurrency(currency), recorded.id);
      }
    }
    await forEachBounded(byStream.values(), STREAMS_AT_ONCE, ({ key, facts }) => this.valuer.value(key, facts));
    this.dealtWith = events.at(-1)?.position ?? this.dealtWith;
    this.checkpoint.note(this.dealtWith);
  }

  async idle(): Promise<void> {
    this.checkpoint.note(this.dealtWith);
  }
}
