import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { figuresAt, inboundOf, type StockCell } from '../domain/availability/cell.js';
import { availableToPromise, type PromiseTerms, protectedFrom } from '../domain/availability/promise.js';
import type { LocationId, Sku } from '../domain/values/identifiers.js';
import type { Instant } from '../domain/values/instant.js';
import { AvailabilityStore, type SkuAvailability } from '../ports/availability-store.js';
import { Clock } from '../ports/clock.js';
import type { Position } from '../ports/event-store.js';
import { readAtLeast } from './wait-for-position.js';

/** One SKU at one location at the instant of the answer; `onHand` is sellable units and may be below 0. */
export interface CellView {
  readonly location: LocationId;
  readonly available: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly safetyStock: number;
  readonly protected: number;
  readonly quarantine: number;
  readonly damaged: number;
  readonly inbound: number;
  readonly revision: number;
}

export interface SkuView {
  readonly sku: Sku;
  /** The sum over the locations. */
  readonly available: number;
  readonly locations: readonly CellView[];
}

export interface AvailabilityView {
  readonly items: readonly SkuView[];
  /** SKUs that no event names: their availability is not 0, it is not known. */
  readonly unknown: readonly Sku[];
  readonly position: Position;
  readonly ageMs: number;
  readonly source: string;
  /** True when the read model had not reached the position asked for in time. */
  readonly stale: boolean;
}

export interface LocationScope {
  /** A location that the caller may not see looks like one that is not there. */
  readonly maySee: (location: LocationId) => boolean;
  /** Only these count; all when absent. One without a stream for the SKU is left out. */
  readonly only?: ReadonlySet<LocationId>;
}

export class AvailableToPromise extends Query<AvailabilityView> {
  constructor(
    readonly skus: readonly Sku[],
    readonly scope: LocationScope,
    readonly minPosition?: Position,
  ) {
    super();
  }
}

@QueryHandler(AvailableToPromise)
export class AvailableToPromiseHandler implements IQueryHandler<AvailableToPromise> {
  constructor(
    @Inject(AvailabilityStore) private readonly store: AvailabilityStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ skus, scope, minPosition }: AvailableToPromise): Promise<AvailabilityView> {
    const answer = await readAtLeast(minPosition, () => this.store.read(skus));
    const now = this.clock.now();
    const { position, stale } = answer;
    const known = answer.items.filter((item) => item !== undefined).filter((item) => anyVisible(item, scope));
    const seen = new Set(known.map(({ sku }) => sku));
    return {
      items: known.map((item) => skuView(item, scope, now)),
      unknown: skus.filter((sku) => !seen.has(sku)),
      position,
      ageMs: Math.max(0, now - answer.asOf),
      source: this.store.source,
      stale,
    };
  }
}

const anyVisible = (item: SkuAvailability, { maySee }: LocationScope): boolean => [...item.cells.keys()].some(maySee);

function skuView(item: SkuAvailability, { maySee, only }: LocationScope, now: Instant): SkuView {
  const locations = [...item.cells]
    .filter(([location]) => maySee(location) && (only?.has(location) ?? true))
    .map(([location, cell]) => cellView(location, cell, now))
    .sort((a, b) => (a.location < b.location ? -1 : 1));
  return { sku: item.sku, available: locations.reduce((sum, cell) => sum + cell.available, 0), locations };
}

export function cellView(location: LocationId, cell: StockCell, now: Instant, terms: PromiseTerms = {}): CellView {
  const figures = figuresAt(cell, now);
  return {
    location,
    available: availableToPromise(figures, now, terms),
    onHand: cell.onHand.sellable,
    reserved: figures.held,
    safetyStock: figures.safetyStock,
    protected: protectedFrom(figures, terms.channel),
    quarantine: cell.onHand.quarantine,
    damaged: cell.onHand.damaged,
    inbound: inboundOf(cell),
    revision: cell.revision,
  };
}
