import { movementKey } from '../../domain/stock/event-keys.js';
import type { StockEvent } from '../../domain/stock/events.js';
import { encodeValued, VALUATION_SCHEMA_VERSION, VALUED } from '../../domain/valuation/codec.js';
import type { Valued } from '../../domain/valuation/events.js';
import type { Transit } from '../../domain/valuation/transit.js';
import type { SaleCost } from '../../domain/valuation/value.js';
import { currencyCarried, RULE_VERSION, saleCost, value } from '../../domain/valuation/value.js';
import { eventId, eventNameFor, nameOf } from '../../domain/values/event-id.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import { stockStream, valuationStream } from '../../domain/values/identifiers.js';
import type { EventStore, NewEvent, RecordedEvent } from '../../ports/event-store.js';
import type { LocationCurrencies } from './location-currencies.js';
import type { KnownValuation, ValuationCache } from './valuation-cache.js';
import { indexIssue } from './valuation-cache.js';

/** A stock event as it was recorded, what it says, and the part of a transfer that it is about, if it is about one. */
export interface StockFact {
  readonly recorded: RecordedEvent;
  readonly event: StockEvent;
  readonly transit: Transit | undefined;
}

/** So many of the largest valuations (under 2 KiB) stay below what the store takes in one append. */
const MAX_EVENTS_PER_APPEND = 500;

/** Values one SKU at one location, in order, into its valuation stream. */
export class StreamValuer {
  constructor(
    private readonly store: EventStore,
    private readonly cache: ValuationCache,
    private readonly currencies: LocationCurrencies,
    /** IANA name, for the dates of postings. */
    private readonly timeZone: string,
  ) {}

  /** Whoever else values the same events, each is valued once: what is there already is left out. */
  async value(key: StockKey, facts: readonly StockFact[]): Promise<void> {
    const stream = valuationStream(key);
    const isNew = facts[0]?.recorded.revision === 0;
    let known = await this.cache.get(stream, isNew);
    let next = 0;
    while (next < facts.length) {
      const part = facts.slice(next, next + MAX_EVENTS_PER_APPEND);
      const valued = await this.valueAll(key, known, part);
      const after = valued.length === 0 ? known : await this.append(stream, known, valued);
      if (after === 'conflict') {
        this.cache.forget(stream);
        known = await this.cache.get(stream, false);
      } else {
        known = after;
        next += part.length;
      }
      this.cache.set(stream, known);
    }
  }

  private async append(
    stream: string,
    known: KnownValuation,
    valued: readonly ValuedFact[],
  ): Promise<KnownValuation | 'conflict'> {
    const expected = known.revision < 0 ? 'no-stream' : known.revision;
    const outcome = await this.store
      .append(
        stream,
        expected,
        valued.map((each) => newEvent(stream, each)),
      )
      .catch((error: unknown) => {
        this.cache.forget(stream);
        throw error;
      });
    if (outcome.status === 'conflict') return 'conflict';
    for (const [index, each] of valued.entries()) indexIssue(known.issues, each.valued, known.revision + 1 + index);
    const state = valued.at(-1)?.valued.after ?? known.state;
    return { ...known, state, revision: outcome.revision };
  }

  private async valueAll(
    key: StockKey,
    known: KnownValuation,
    facts: readonly StockFact[],
  ): Promise<readonly ValuedFact[]> {
    const all: ValuedFact[] = [];
    let { state } = known;
    for (const { recorded, event, transit } of facts) {
      if (recorded.revision <= known.state.sourceRevision) continue;
      const currency = currencyCarried(event, transit) === undefined ? undefined : this.currencies.get(key.location);
      const originalSale = await this.originalSale(key, known, event, all);
      const valued = value(state, event, {
        source: { eventId: recorded.id, revision: recorded.revision, position: recorded.position },
        location: key.location,
        timeZone: this.timeZone,
        ...(currency === undefined ? {} : { currency }),
        ...(originalSale === undefined ? {} : { originalSale }),
        ...(transit === undefined ? {} : { transit }),
      });
      if (valued === undefined) continue;
      all.push({ valued, recorded });
      state = valued.after;
    }
    return all;
  }

  private async originalSale(
    key: StockKey,
    known: KnownValuation,
    event: StockEvent,
    justValued: readonly ValuedFact[],
  ): Promise<SaleCost | undefined> {
    if (event.type !== 'Returned' || event.originalSale === undefined) return undefined;
    const saleName = eventNameFor(stockStream(key), movementKey(event.originalSale));
    const just = justValued.find(({ recorded }) => nameOf(recorded.id) === saleName)?.valued;
    const sale = just ?? (await this.cache.findIssue(valuationStream(key), known, saleName));
    return sale === undefined ? undefined : saleCost(sale);
  }
}

interface ValuedFact {
  readonly valued: Valued;
  readonly recorded: RecordedEvent;
}

/** The id holds the rules' version, so that a valuation under other rules is no repetition but a conflict. */
function newEvent(stream: string, { valued, recorded }: ValuedFact): NewEvent {
  const { occurredAt, correlationId } = recorded.metadata;
  return {
    id: eventId(stream, `valued:${recorded.revision}:rules-${RULE_VERSION}`),
    type: VALUED,
    data: encodeValued(valued),
    metadata: {
      schemaVersion: VALUATION_SCHEMA_VERSION,
      ...(occurredAt === undefined ? {} : { occurredAt }),
      ...(correlationId === undefined ? {} : { correlationId }),
      causationId: recorded.id,
    },
  };
}
