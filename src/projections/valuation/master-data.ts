import { evolveLocation, type LocationData, type LocationEvent } from '../../domain/master-data/location.js';
import { evolveSku, type SkuData, type SkuDescribed } from '../../domain/master-data/sku.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import type { EventStore, Position, RecordedEvent } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { decodeLocationEvent, decodeSkuEvent } from '../../streams/master-data-streams.js';

/** What is said of the two that a stock stream is about. */
export interface MasterDataOf {
  readonly sku: SkuData;
  readonly location: LocationData;
}

/** What held from each position on, oldest first. */
type Timeline<Data> = readonly { readonly from: Position; readonly data: Data }[];

/** One kind of master data. */
interface Kind<Data, Event> {
  readonly prefix: string;
  decode(stored: RecordedEvent): Event | undefined;
  evolve(data: Data, event: Event): Data;
}

const LOCATIONS: Kind<LocationData, LocationEvent> = {
  prefix: 'location-',
  decode: decodeLocationEvent,
  evolve: evolveLocation,
};
const SKUS: Kind<SkuData, SkuDescribed> = { prefix: 'sku-', decode: decodeSkuEvent, evolve: evolveSku };

/** What is kept in memory of one kind; it is read again when somebody asks for it. */
const MOST_KEPT = 100_000;

/**
 * Master data as they were at a position of the store: so whoever values a movement, however late, finds the same.
 * The events that change them are followed beside the movements; what was said before that is read once.
 */
export class MasterDataAtPosition {
  readonly streamPrefixes = [LOCATIONS.prefix, SKUS.prefix];
  private readonly locations: Memory<LocationData, LocationEvent>;
  private readonly skus: Memory<SkuData, SkuDescribed>;

  constructor(store: EventStore) {
    this.locations = new Memory(store, LOCATIONS);
    this.skus = new Memory(store, SKUS);
  }

  /** Following begins behind this position. */
  startAt(position: Position): void {
    this.locations.startAt(position);
    this.skus.startAt(position);
  }

  /** True for an event of master data, which is noted. */
  note(event: RecordedEvent): boolean {
    return this.skus.note(event) || this.locations.note(event);
  }

  /** True when nothing ever has to be read. */
  get knowsAll(): boolean {
    return this.skus.complete && this.locations.complete;
  }

  /** What was said of both before this position. */
  async at({ sku, location }: StockKey, position: Position): Promise<MasterDataOf> {
    return {
      sku: this.skus.get(sku, position) ?? (await this.skus.load(sku, position)),
      location: this.locations.get(location, position) ?? (await this.locations.load(location, position)),
    };
  }

  /** The same, when nothing has to be read for it. */
  peek({ sku, location }: StockKey, position: Position): MasterDataOf | undefined {
    const skuData = this.skus.get(sku, position);
    const locationData = this.locations.get(location, position);
    return skuData === undefined || locationData === undefined ? undefined : { sku: skuData, location: locationData };
  }
}

const NOTHING = {};

const dataAt = <Data>(timeline: Timeline<Data>, at: Position): Data =>
  timeline.findLast(({ from }) => from < at)?.data ?? (NOTHING as Data);

class Memory<Data extends object, Event> {
  private readonly known = new Map<string, Timeline<Data>>();
  /** True while everything was followed from the store's beginning: what is not known was never said. */
  complete = false;

  constructor(
    private readonly store: EventStore,
    private readonly kind: Kind<Data, Event>,
  ) {}

  startAt(position: Position): void {
    this.known.clear();
    this.complete = position === START;
  }

  note(event: RecordedEvent): boolean {
    const { prefix } = this.kind;
    if (!event.stream.startsWith(prefix)) return false;
    const id = event.stream.slice(prefix.length);
    const timeline = this.known.get(id);
    // Of what is not followed from its beginning, the beginning is read when somebody asks for it.
    if (timeline !== undefined || this.complete) this.keep(id, this.continued(timeline ?? [], event));
    return true;
  }

  get(id: string, at: Position): Data | undefined {
    const timeline = this.known.get(id);
    if (timeline === undefined) return this.complete ? (NOTHING as Data) : undefined;
    return dataAt(timeline, at);
  }

  async load(id: string, at: Position): Promise<Data> {
    let timeline: Timeline<Data> = [];
    for await (const event of this.store.readStream(this.kind.prefix + id)) timeline = this.continued(timeline, event);
    this.keep(id, timeline);
    return dataAt(timeline, at);
  }

  /** An event that was read before it was followed is noted once. */
  private continued(timeline: Timeline<Data>, event: RecordedEvent): Timeline<Data> {
    const last = timeline.at(-1);
    const said = this.kind.decode(event);
    if (said === undefined || (last !== undefined && last.from >= event.position)) return timeline;
    return [...timeline, { from: event.position, data: this.kind.evolve(last?.data ?? (NOTHING as Data), said) }];
  }

  private keep(id: string, timeline: Timeline<Data>): void {
    if (this.known.size >= MOST_KEPT && !this.known.has(id)) {
      this.known.clear();
      this.complete = false;
    }
    this.known.set(id, timeline);
  }
}
