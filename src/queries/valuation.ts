import { Inject, Injectable } from '@nestjs/common';
import { decodeValued } from '../domain/valuation/codec.js';
import type { ValuationMethod } from '../domain/valuation/events.js';
import type { Currency } from '../domain/values/currency.js';
import type { LocationId, Sku, StockKey } from '../domain/values/identifiers.js';
import { valuationStream } from '../domain/values/identifiers.js';
import { formatMoney } from '../domain/values/money.js';
import { formatUnitCost, unitCostOf } from '../domain/values/unit-cost.js';
import { EventStore, type Position } from '../ports/event-store.js';
import { ValuationBook, type ValuationEntry, type ValuationPageQuery } from '../ports/valuation-book.js';
import { readAtLeast } from './wait-for-position.js';

/** Money as decimal text; `currency` and `unitCost` are null as long as no cost is known, and `value` is 0 then. */
export interface ValuationView {
  readonly sku: Sku;
  readonly location: LocationId;
  readonly quantity: number;
  readonly unitCost: string | null;
  readonly value: string;
  readonly currency: Currency | null;
  readonly method: ValuationMethod;
}

interface Freshness {
  /** Every movement up to here is in the answer. */
  readonly position: Position;
  /** True when the position asked for was not reached in time. */
  readonly stale: boolean;
}

export interface ValuationAnswer extends Freshness {
  /** Undefined when nothing of this SKU was ever valued at this location. */
  readonly item: ValuationView | undefined;
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
  constructor(
    @Inject(ValuationBook) private readonly book: ValuationBook,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  async one(key: StockKey, minPosition?: Position): Promise<ValuationAnswer> {
    const { item, position, stale } = await this.atLeast(minPosition, async () => ({ item: await this.book.get(key) }));
    return { item: item === undefined ? undefined : viewOf(item), position, stale };
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
    // No stock event is valued twice, so a valuation's revision is never above that of its source.
    const backwards = { direction: 'backwards', from: stockRevision } as const;
    for await (const { data } of this.store.readStream(valuationStream(key), backwards)) {
      const { source, after, method } = decodeValued(data);
      if (source.revision <= stockRevision) return viewOf({ ...key, ...after, method });
    }
    return undefined;
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
    const head = await this.store.head(['stock-']);
    return head < minPosition ? head : minPosition;
  }
}

function viewOf({ sku, location, quantity, value, lastCost, method }: Omit<ValuationEntry, 'revision'>): ValuationView {
  if (lastCost === null) return { sku, location, quantity, unitCost: null, value: '0', currency: null, method };
  const { currency } = lastCost;
  const unitCost = formatUnitCost(unitCostOf(lastCost), currency);
  return { sku, location, quantity, unitCost, value: formatMoney({ minor: value, currency }), currency, method };
}
