import { decodeStockEvent } from '../../domain/stock/codec.js';
import { movementKey } from '../../domain/stock/event-keys.js';
import type { Returned, StockEvent, UnitCostRevised } from '../../domain/stock/events.js';
import { encodeValued, VALUATION_SCHEMA_VERSION, VALUED } from '../../domain/valuation/codec.js';
import type { Valued } from '../../domain/valuation/events.js';
import type { PostingRules } from '../../domain/valuation/posting-rules.js';
import { isLateMovement } from '../../domain/valuation/postings.js';
import type { CostedReceipt, ValuationState } from '../../domain/valuation/state.js';
import { evolveValuation, noValuation } from '../../domain/valuation/state.js';
import type { Transit } from '../../domain/valuation/transit.js';
import type { SaleCost } from '../../domain/valuation/value.js';
import { currencyCarried, receiptOf, saleCost, value } from '../../domain/valuation/value.js';
import { type EventName, eventId, eventNameFor, nameOf } from '../../domain/values/event-id.js';
import type { ClientId, StockKey } from '../../domain/values/identifiers.js';
import { stockStream, valuationStream } from '../../domain/values/identifiers.js';
import { storedInstant } from '../../domain/values/instant.js';
import type { EventStore, NewEvent, RecordedEvent } from '../../ports/event-store.js';
import type { LocationCurrencies } from './location-currencies.js';
import type { MasterDataOf } from './master-data.js';
import type { KnownValuation, ValuationCache } from './valuation-cache.js';
import { indexName } from './valuation-cache.js';

/** A stock event as it was recorded, and what it is valued with beside its stream. */
export interface StockFact {
  readonly recorded: RecordedEvent;
  /** The part of a transfer that it is about, if it is about one. */
  readonly transit: Transit | undefined;
  /** As it was when the event was recorded. */
  readonly masterData: MasterDataOf;
}

/** So many of the largest valuations (under 3 KiB) stay below what the store takes in one append. */
const MAX_EVENTS_PER_APPEND = 300;
/** A later cost goes to so many receipts of an order, the newest: each may change a layer, and an event holds them all. */
const MAX_RECEIPTS_OF_ORDER = 500;
/** What else comes waits for the next append, once events of this one change so many layers. */
const MAX_REVISED_PER_APPEND = 2_000;

/** Values one SKU at one location, in order, into its valuation stream. */
export class StreamValuer {
  constructor(
    private readonly store: EventStore,
    private readonly cache: ValuationCache,
    private readonly currencies: LocationCurrencies,
    private readonly rules: PostingRules,
    /** IANA name, for the dates of postings of a location that has none of its own. */
    private readonly timeZone: string,
  ) {}

  /** Whether valuing has to read the stream first. A stream's first event needs no read: an append finds out for less. */
  hasToRead(key: StockKey, facts: readonly StockFact[]): boolean {
    return facts[0]?.recorded.revision !== 0 && this.cache.peek(valuationStream(key)) === undefined;
  }

  async read(key: StockKey): Promise<void> {
    const stream = valuationStream(key);
    this.cache.set(stream, await this.cache.get(stream, false));
  }

  /** Whoever else values the same events, each is valued once: what is there already is left out. */
  async value(key: StockKey, facts: readonly StockFact[]): Promise<void> {
    const stream = valuationStream(key);
    const isNew = facts[0]?.recorded.revision === 0;
    let known = this.cache.peek(stream) ?? (await this.cache.get(stream, isNew));
    let next = 0;
    while (next < facts.length) {
      const part = facts.slice(next, next + MAX_EVENTS_PER_APPEND);
      const { valued, state, count } = await this.valueAll(key, known, part);
      const after = valued.length === 0 ? known : await this.append(stream, { ...known, state }, valued);
      if (after === 'conflict') {
        this.cache.forget(stream);
        known = await this.cache.get(stream, false);
      } else {
        known = await this.cache.saved(stream, after);
        next += count;
      }
      this.cache.set(stream, known);
    }
  }

  /** @param known with the state behind the last of these */
  private async append(
    stream: string,
    known: KnownValuation,
    valued: readonly ValuedFact[],
  ): Promise<KnownValuation | 'conflict'> {
    const expected = known.revision < 0 ? 'no-stream' : known.revision;
    // Hundreds of appends are under way at once: what none of them needs any more must not wait for its reply.
    const toIndex = known.named === undefined ? [] : valued;
    const count = valued.length;
    const outcome = await this.store
      .append(stream, expected, this.newEvents(stream, valued))
      .catch((error: unknown) => {
        this.cache.forget(stream);
        throw error;
      });
    if (outcome.status === 'conflict') return 'conflict';
    for (const [index, each] of toIndex.entries())
      indexName(known.named, stream, each.valued, known.revision + 1 + index);
    return { ...known, revision: outcome.revision, unsaved: known.unsaved + count };
  }

  private async valueAll(
    key: StockKey,
    known: KnownValuation,
    facts: readonly StockFact[],
  ): Promise<{ readonly valued: readonly ValuedFact[]; readonly state: ValuationState; readonly count: number }> {
    const all: ValuedFact[] = [];
    let { state } = known;
    let [count, revised] = [0, 0];
    for (const fact of facts) {
      if (revised > MAX_REVISED_PER_APPEND) break;
      count += 1;
      const { recorded, masterData } = fact;
      if (recorded.revision <= known.state.sourceRevision) continue;
      const event = decodeStockEvent(recorded);
      if (known.revision < 0 && all.length === 0) state = noValuation(this.termsOf(masterData));
      const named = namesAnother(event) ? await this.named(key, known, event, all) : undefined;
      const plain = this.factsOf(key, event, fact);
      const valued = value(state, event, named === undefined ? plain : { ...plain, ...named });
      if (valued === undefined) continue;
      all.push({ valued, fact });
      state = evolveValuation(state, valued);
      revised += valued.layerChange?.revised?.length ?? 0;
    }
    return { valued: all, state, count };
  }

  private factsOf({ location }: StockKey, event: StockEvent, { recorded, transit, masterData }: StockFact) {
    const currency = currencyCarried(event, transit) === undefined ? undefined : this.currencies.get(location);
    const { class: skuClass } = masterData.sku;
    return {
      source: { eventId: recorded.id, revision: recorded.revision, position: recorded.position },
      location,
      timeZone: this.timeZoneOf(masterData),
      ruleVersion: this.rules.version,
      ...(isLateMovement(event) ? { recordedAt: storedInstant(String(recorded.metadata.recordedAt)) } : {}),
      ...(skuClass === undefined ? {} : { skuClass }),
      ...(currency === undefined ? {} : { currency }),
      ...(transit === undefined ? {} : { transit }),
    };
  }

  /** What holds of a stream from its first valuation on, whatever is said later. */
  private termsOf({ sku }: MasterDataOf) {
    return { method: sku.costing ?? this.rules.costing, damaged: this.rules.damaged };
  }

  private timeZoneOf({ location }: MasterDataOf): string {
    return location.timeZone ?? this.timeZone;
  }

  /** What was found of the movement that another one names. */
  private async named(
    key: StockKey,
    known: KnownValuation,
    event: Returned | UnitCostRevised,
    justValued: readonly ValuedFact[],
  ): Promise<{ originalSale?: SaleCost; revisedReceipts?: readonly CostedReceipt[] }> {
    const stream = valuationStream(key);
    const find = async (name: EventName, isMeant: (valued: Valued) => boolean): Promise<Valued | undefined> =>
      justValued.find(({ valued }) => isMeant(valued))?.valued ?? (await this.cache.find(stream, known, name, isMeant));
    const nameOfMovement = (id: string): EventName => eventNameFor(stockStream(key), movementKey(id as ClientId));
    if (event.type === 'Returned') {
      const saleName = nameOfMovement(event.originalSale ?? '');
      const sale = await find(saleName, ({ source }) => nameOf(source.eventId) === saleName);
      const originalSale = sale === undefined ? undefined : saleCost(sale);
      return originalSale === undefined ? {} : { originalSale };
    }
    const reference = event.reference ?? '';
    const receiptId = nameOfMovement(reference);
    const receipt = await find(receiptId, ({ source }) => nameOf(source.eventId) === receiptId);
    const receipts = receipt === undefined ? await this.ofOrder(stream, known, reference, justValued) : [receipt];
    return { revisedReceipts: receipts.flatMap((each) => receiptOf(each) ?? []) };
  }

  /** A purchase order, or a delivery note, may have come in several receipts. */
  private async ofOrder(
    stream: string,
    known: KnownValuation,
    name: string,
    justValued: readonly ValuedFact[],
  ): Promise<readonly Valued[]> {
    const before = await this.cache.receiptsNamed(stream, known, name, MAX_RECEIPTS_OF_ORDER);
    const now = justValued.map(({ valued }) => valued).filter(({ source }) => source.names?.includes(name));
    return [...before, ...now].slice(-MAX_RECEIPTS_OF_ORDER);
  }

  private newEvents(stream: string, valued: readonly ValuedFact[]): NewEvent[] {
    return valued.map((each) => this.newEvent(stream, each));
  }

  /**
   * The id holds all that may be said differently of the same movement, so that valuing it on other terms is no
   * repetition but a conflict.
   */
  private newEvent(stream: string, { valued, fact: { recorded, masterData } }: ValuedFact): NewEvent {
    const { occurredAt, recordedAt, correlationId } = recorded.metadata;
    const { method, damaged } = valued.after.terms;
    const terms = `${valued.ruleVersion}:${method}:${damaged}:${this.timeZoneOf(masterData)}:${masterData.sku.class ?? ''}`;
    return {
      id: eventId(stream, `valued:${recorded.revision}:${terms}`),
      type: VALUED,
      data: encodeValued(valued),
      metadata: {
        schemaVersion: VALUATION_SCHEMA_VERSION,
        ...(occurredAt === undefined ? {} : { occurredAt }),
        ...(recordedAt === undefined ? {} : { recordedAt }),
        ...(correlationId === undefined ? {} : { correlationId }),
        causationId: recorded.id,
      },
    };
  }
}

interface ValuedFact {
  readonly valued: Valued;
  readonly fact: StockFact;
}

/** A return of a sale, or a later cost of a receipt, as far as they say which. */
function namesAnother(event: StockEvent): event is Returned | UnitCostRevised {
  if (event.type === 'Returned') return event.originalSale !== undefined;
  return event.type === 'UnitCostRevised' && event.reference !== undefined;
}
