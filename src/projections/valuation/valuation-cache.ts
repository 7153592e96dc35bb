import { List } from 'immutable';
import { IdIndex } from '../../domain/id-index.js';
import { decodeValued } from '../../domain/valuation/codec.js';
import type { Valued } from '../../domain/valuation/events.js';
import type { ValuationState } from '../../domain/valuation/state.js';
import { NO_VALUATION } from '../../domain/valuation/state.js';
import { type EventName, eventNameFor } from '../../domain/values/event-id.js';
import type { EventStore } from '../../ports/event-store.js';
import { ValuationLayers } from '../../streams/valuation-layers.js';

/** A valuation stream as far as valuing on needs it. */
export interface KnownValuation {
  readonly state: ValuationState;
  /** The stream's revision, -1 when it does not exist. */
  readonly revision: number;
  /** Valuations whose changes of layers stand in no snapshot yet. */
  readonly unsaved: number;
  /** The revision at which each movement was valued that others name: only once somebody asked for one. */
  named?: IdIndex;
}

const newStream = (): KnownValuation => ({ state: NO_VALUATION, revision: -1, unsaved: 0 });

/** So many layers in all, some 90 B each, are kept in memory. */
const MAX_LAYERS = 500_000;
/** Fewer changes than these are read faster than a snapshot. */
const LEAST_UNSAVED = 1_000;

/** The valuations used last. The newest event of a stream is its whole state but for layers. */
export class ValuationCache {
  private readonly streams = new Map<string, KnownValuation>();
  private readonly layers: ValuationLayers;
  private layerCount = 0;

  constructor(
    private readonly store: EventStore,
    private readonly capacity: number,
  ) {
    this.layers = new ValuationLayers(store);
  }

  /** What is known of it, if it is. */
  peek(stream: string): KnownValuation | undefined {
    return this.streams.get(stream);
  }

  /** @param isNew the stream is most likely not there yet: an append finds out for less than a read. */
  async get(stream: string, isNew: boolean): Promise<KnownValuation> {
    return this.streams.get(stream) ?? (isNew ? newStream() : await this.load(stream));
  }

  set(stream: string, known: KnownValuation): void {
    this.forget(stream);
    this.streams.set(stream, known);
    this.layerCount += known.state.layers.size;
    while (this.streams.size > this.capacity || (this.layerCount > MAX_LAYERS && this.streams.size > 1)) {
      const [oldest = stream] = this.streams.keys();
      this.forget(oldest);
    }
  }

  forget(stream: string): void {
    const known = this.streams.get(stream);
    if (known === undefined) return;
    this.layerCount -= known.state.layers.size;
    this.streams.delete(stream);
  }

  clear(): void {
    this.streams.clear();
    this.layerCount = 0;
  }

  /**
   * Keeps the layers when that many changes have come since that writing them all costs no more than the changes did:
   * loading then reads about as many changes as there are layers, at most.
   */
  async saved(stream: string, known: KnownValuation): Promise<KnownValuation> {
    const { state, revision, unsaved } = known;
    if (state.terms.method !== 'fifo' || unsaved < Math.max(LEAST_UNSAVED, state.layers.size)) return known;
    await this.layers.save(stream, revision, state.layers);
    return { ...known, unsaved: 0 };
  }

  /** The valuation of the movement that goes by this name, when the stream has one. */
  async find(
    stream: string,
    known: KnownValuation,
    name: EventName,
    isMeant: (valued: Valued) => boolean,
  ): Promise<Valued | undefined> {
    known.named ??= await this.indexNames(stream);
    const from = known.named.revisionOf(name);
    if (from === undefined) return undefined;
    for await (const { data } of this.store.readStream(stream, { from, maxCount: 1 })) {
      const valued = decodeValued(data);
      if (isMeant(valued)) return valued;
    }
    return undefined;
  }

  /** The receipts that go by a reference or purchase order, in their order: of very many the newest. */
  async receiptsNamed(stream: string, known: KnownValuation, name: string, most: number): Promise<readonly Valued[]> {
    known.named ??= await this.indexNames(stream);
    const count = receiptCount(known.named, stream, name);
    const receipts: Valued[] = [];
    for (let nth = Math.max(0, count - most); nth < count; nth += 1) {
      const isMeant = ({ source }: Valued) => source.names?.includes(name) === true;
      const receipt = await this.find(stream, known, receiptName(stream, name, nth), isMeant);
      if (receipt !== undefined) receipts.push(receipt);
    }
    return receipts;
  }

  private async load(stream: string): Promise<KnownValuation> {
    for await (const { data, revision } of this.store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
      const { after } = decodeValued(data);
      if (after.terms.method !== 'fifo') return { state: { ...after, layers: List() }, revision, unsaved: 0 };
      const { layers, eventsRead } = await this.layers.load(stream, revision, after);
      return { state: { ...after, layers }, revision, unsaved: eventsRead };
    }
    return newStream();
  }

  private async indexNames(stream: string): Promise<IdIndex> {
    const named = new IdIndex();
    for await (const { data, revision } of this.store.readStream(stream))
      indexName(named, stream, decodeValued(data), revision);
    return named;
  }
}

/** The name under which a receipt is found by its reference or purchase order: of those that share it the nth, from 0. */
const receiptName = (stream: string, name: string, nth: number): EventName =>
  eventNameFor(stream, `receipt:${nth}:${name}`);

/** How many receipts share a name: they are numbered without gaps, so few questions tell. */
function receiptCount(named: IdIndex, stream: string, name: string): number {
  const isMore = (than: number) => named.revisionOf(receiptName(stream, name, than)) !== undefined;
  let [most, over] = [0, 1];
  while (isMore(over - 1)) [most, over] = [over, over * 2];
  while (over - most > 1) {
    const middle = (most + over) >> 1;
    if (isMore(middle - 1)) most = middle;
    else over = middle;
  }
  return most;
}

/** Notes what later movements may name: sales, dispatches and receipts, as they were valued last. */
export function indexName(
  named: IdIndex | undefined,
  stream: string,
  { source, revaluation }: Valued,
  revision: number,
): void {
  if (named === undefined || (revaluation !== undefined && revaluation.of !== 'movement')) return;
  const { type, eventId, names = [] } = source;
  if (revaluation !== undefined) {
    named.replace(eventId, revision);
    return;
  }
  if (type === 'Sold' || type === 'Dispatched' || type === 'Received') named.add(eventId, revision);
  for (const name of names) named.add(receiptName(stream, name, receiptCount(named, stream, name)), revision);
}
