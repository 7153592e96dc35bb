import type { LocationData, LocationEvent } from '../domain/master-data/location.js';
import { evolveLocation } from '../domain/master-data/location.js';
import { evolveSku, type SkuData, type SkuDescribed } from '../domain/master-data/sku.js';
import { storedCurrency } from '../domain/values/currency.js';
import { eventNameFor, signed } from '../domain/values/event-id.js';
import type { LocationId, Sku } from '../domain/values/identifiers.js';
import { formatInstant, type Instant, storedInstant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import type { EventStore, NewEvent, Position, RecordedEvent } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import { newSignature } from './signature.js';
import type { Caller } from './stream-kind.js';

/** One kind of master data: how its events are kept, and what they add up to. */
interface MasterDataKind<Data, Event> {
  /** Undefined for an event that says nothing of this data. */
  decode(stored: RecordedEvent): Event | undefined;
  evolve(data: Data, event: Event): Data;
  /** The idempotency key of an event, and what is stored of it. */
  encode(event: Event): { readonly key: string; readonly type: string; readonly data: JsonObject };
}

/** Data and the position it is shown at. */
export interface MasterDataAnswer<Data> {
  readonly data: Data;
  /** -1 when nothing was ever said of it. */
  readonly revision: number;
  readonly position: Position;
}

/** What a stream of master data may have to be read again for. */
const MAX_CONFLICTS = 100;

/**
 * Master data changes seldom, and another writer adds to the same streams: so they are read for every question, and
 * written with the exact expected revision.
 */
export class MasterData<Data extends object, Event> {
  constructor(
    private readonly store: EventStore,
    private readonly stream: string,
    private readonly kind: MasterDataKind<Data, Event>,
    private readonly nothing: Data,
  ) {}

  async read(): Promise<MasterDataAnswer<Data>> {
    let data = this.nothing;
    let revision = -1;
    let position = START;
    for await (const stored of this.store.readStream(this.stream)) {
      const event = this.kind.decode(stored);
      if (event !== undefined) data = this.kind.evolve(data, event);
      ({ revision, position } = stored);
    }
    return { data, revision, position };
  }

  /** Appends what is decided on the data as it is, if anything; undefined when that is refused. */
  async change(
    decide: (data: Data) => readonly Event[] | undefined,
    caller: Caller,
    now: Instant,
  ): Promise<MasterDataAnswer<Data> | undefined> {
    for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
      const before = await this.read();
      const events = decide(before.data);
      if (events === undefined || events.length === 0) return events && before;
      const expected = before.revision === -1 ? 'no-stream' : before.revision;
      const stored = events.map((event) => this.toStore(event, caller, now));
      const outcome = await this.store.append(this.stream, expected, stored);
      if (outcome.status === 'conflict') continue;
      const data = events.reduce((so, event) => this.kind.evolve(so, event), before.data);
      return { data, revision: outcome.revision, position: outcome.position };
    }
    throw new Error(`${this.stream} changes too fast.`);
  }

  private toStore(event: Event, { actor, correlationId }: Caller, now: Instant): NewEvent {
    const { key, type, data } = this.kind.encode(event);
    const time = formatInstant(now);
    const metadata = { schemaVersion: 1, occurredAt: time, recordedAt: time, actor, correlationId };
    return { id: signed(eventNameFor(this.stream, key), newSignature()), type, data, metadata };
  }
}

/** Undefined for an event that says nothing of a location. */
export function decodeLocationEvent({ type, data, metadata }: RecordedEvent): LocationEvent | undefined {
  if (type === 'CurrencyAdopted') return { type, currency: storedCurrency(String(data.currency)) };
  return type === 'LocationDescribed' ? described<LocationEvent>(type, data, metadata) : undefined;
}

/** Undefined for an event that says nothing of a SKU. */
export const decodeSkuEvent = ({ type, data, metadata }: RecordedEvent): SkuDescribed | undefined =>
  type === 'SkuDescribed' ? described<SkuDescribed>(type, data, metadata) : undefined;

const locationKind: MasterDataKind<LocationData, LocationEvent> = {
  evolve: evolveLocation,
  decode: decodeLocationEvent,
  encode: (event) => {
    // The same key as that of the currency of a first cost: both make the same thing true.
    if (event.type === 'CurrencyAdopted') {
      return { key: `currency:${event.currency}`, type: event.type, data: { currency: event.currency } };
    }
    const { type, occurredAt: _, ...data } = event;
    return { key: `change:${event.changeId}`, type, data };
  },
};

const skuKind: MasterDataKind<SkuData, SkuDescribed> = {
  evolve: evolveSku,
  decode: decodeSkuEvent,
  encode: ({ type, occurredAt: _, ...data }) => ({ key: `change:${data.changeId}`, type, data }),
};

const described = <Event>(type: string, data: JsonObject, { occurredAt }: JsonObject): Event =>
  ({ ...data, type, occurredAt: storedInstant(String(occurredAt)) }) as Event;

export const locationData = (store: EventStore, location: LocationId) =>
  new MasterData(store, `location-${location}`, locationKind, {});

export const skuData = (store: EventStore, sku: Sku) => new MasterData(store, `sku-${sku}`, skuKind, {});
