import { Inject, Injectable } from '@nestjs/common';
import type { CostingMethod } from '../domain/master-data/sku.js';
import { decodeValued } from '../domain/valuation/codec.js';
import { BEFORE_ANY_COST, type Layer } from '../domain/valuation/layers.js';
import type { ValuationSummary } from '../domain/valuation/state.js';
import type { Currency } from '../domain/values/currency.js';
import type { LocationId, Sku, StockKey } from '../domain/values/identifiers.js';
import { STOCK_STREAMS, valuationStream } from '../domain/values/identifiers.js';
import { formatMoney } from '../domain/values/money.js';
import { formatUnitCost, rateOfValue, unitCostOf } from '../domain/values/unit-cost.js';
import { EventStore, type Position, type ReadStreamOptions } from '../ports/event-store.js';
import { ValuationBook, type ValuationEntry, type ValuationPageQuery } from '../ports/valuation-book.js';
import { ValuationLayers } from '../streams/valuation-layers.js';
import { readAtLeast } from './wait-for-position.js';

/** Money as decimal text; `currency` and `unitCost` are null as long as no cost is known, and `value` is 0 then. */
export interface ValuationView {
  readonly sku: Sku;
  readonly location: LocationId;
  readonly quantity: number;
  readonly unitCost: string | null;
  readonly value: string;
  readonly currency: Currency | null;
  readonly method: CostingMethod;
}

/** Units that came in together. */
export type LayerView = {
  readonly quantity: number;
  readonly unitCost: string;
  readonly value: string;
  /** In the stock stream, of the movement that brought them; null when that was before any cost was known. */
  readonly revision: number | null;
};

/** First in, first out: what the stock is made of. */
export type LayersView = {
  /** The oldest of them, in the order in which they will leave; at most {@link MOST_LAYERS_SHOWN}. */
  readonly layers: readonly LayerView[];
  /** Of all. */
  readonly layerCount: number;
};

export const MOST_LAYERS_SHOWN = 100;

interface Freshness {
  /** Every movement up to here is in the answer. */
  readonly position: Position;
  /** True when the position asked for was not reached in time. */
  readonly stale: boolean;
}

export interface ValuationAnswer extends Freshness {
  /** Undefined when nothing of this SKU was ever valued at this location. */
  readonly item: (ValuationView & Partial<LayersView>) | undefined;
}

export interface ValuationPageAnswer extends Freshness {
  readonly items: readonly ValuationView[];
  /** Of all that match, not of the page. */
  readonly totals: readonly { readonly currency: Currency; readonly value: string }[];
  /** Where the next page goes on; absent on the last. */
  readonly next?: StockKey;
}

/** What the stock is worth, from the valuation book. */
@Injectable()
export class ValuationQueries {
  private readonly layers: ValuationLayers;

  constructor(
    @Inject(ValuationBook) private readonly book: ValuationBook,
    @Inject(EventStore) private readonly store: EventStore,
  ) {
    this.layers = new ValuationLayers(store);
  }

  async one(key: StockKey, minPosition?: Position): Promise<ValuationAnswer> {
    const { item, position, stale } = await this.atLeast(minPosition, async () => ({ item: await this.book.get(key) }));
    if (item === undefined) return { item, position, stale };
    return { item: { ...viewOf(item), ...(await this.layersOf(item)) }, position, stale };
  }

  async page(query: ValuationPageQuery, minPosition?: Position): Promise<ValuationPageAnswer> {
    const { entries, more, totals, position, stale } = await this.atLeast(minPosition, () => this.book.page(query));
    const last = entries.at(-1);
    return {
      items: entries.map(viewOf),
      totals: totals.map((total) => ({ currency: total.currency, value: formatMoney(total) })),
      ...(more && last !== undefined ? { next: { sku: last.sku, location: last.location } } : {}),
      position,
      stale,
    };
  }

  /** What it was worth once the stock event with this revision had been valued, from the stream itself. */
  async asOf(key: StockKey, stockRevision: number): Promise<ValuationView | undefined> {
    const newest = await this.summary(key, { direction: 'backwards' });
    if (newest === undefined) return undefined;
    // Replays valued some again, behind what was valued by then: how far the stock is never goes back.
    let found: ValuationSummary | undefined;
    let [low, high] = [0, newest.revision];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { after } = (await this.summary(key, { from: middle })) ?? newest;
      if (after.sourceRevision <= stockRevision) {
        found = after;
        low = middle + 1;
      } else high = middle - 1;
    }
    return found === undefined ? undefined : viewOf({ ...key, ...found, method: found.terms.method });
  }

  private async summary(key: StockKey, options: Pick<ReadStreamOptions, 'from' | 'direction'>) {
    for await (const { data, revision } of this.store.readStream(valuationStream(key), { ...options, maxCount: 1 })) {
      return { revision, after: decodeValued(data).after };
    }
    return undefined;
  }

  private async layersOf(entry: ValuationEntry): Promise<LayersView | undefined> {
    const { method, lastCost, revision } = entry;
    if (method !== 'fifo' || lastCost === null) return undefined;
    const { layers } = await this.layers.load(valuationStream(entry), revision, entry);
    const shown = layers.slice(0, MOST_LAYERS_SHOWN).map((layer) => layerView(layer, lastCost.currency));
    return { layers: shown.toArray(), layerCount: layers.size };
  }

  private async atLeast<Answer>(minPosition: Position | undefined, read: () => Promise<Answer>) {
    const wanted = minPosition === undefined ? undefined : await this.valuable(minPosition);
    return readAtLeast(wanted, async () => {
      const { valuedUpTo } = await this.book.progress();
      return { ...(await read()), position: valuedUpTo };
    });
  }

  /** A token may stand behind the last movement, where nothing more is going to be valued. */
  private async valuable(minPosition: Position): Promise<Position> {
    const { valuedUpTo } = await this.book.progress();
    if (minPosition <= valuedUpTo) return minPosition;
    const head = await this.store.head(STOCK_STREAMS);
    return head < minPosition ? head : minPosition;
  }
}

function viewOf({ sku, location, quantity, value, lastCost, method }: Omit<ValuationEntry, 'revision'>): ValuationView {
  if (lastCost === null) return { sku, location, quantity, unitCost: null, value: '0', currency: null, method };
  const { currency } = lastCost;
  const rate = quantity > 0 ? rateOfValue({ minor: value, currency }, quantity) : lastCost;
  const unitCost = formatUnitCost(unitCostOf(rate), currency);
  return { sku, location, quantity, unitCost, value: formatMoney({ minor: value, currency }), currency, method };
}

function layerView({ source, units, value: minor }: Layer, currency: Currency): LayerView {
  const unitCost = formatUnitCost(unitCostOf(rateOfValue({ minor, currency }, units)), currency);
  const revision = source === BEFORE_ANY_COST ? null : source;
  return { quantity: units, unitCost, value: formatMoney({ minor, currency }), revision };
}
