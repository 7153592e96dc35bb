import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { availableToPromise, type PromiseTerms } from '../../domain/availability/promise.js';
import type { Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import { type CellView, cellView } from './cell-view.js';
import { Cells } from './cells.js';
import { type Freshness, freshness, type LocationScope, type SkuCells } from './cells-answer.js';

export interface SkuView {
  readonly sku: Sku;
  /** The sum over the locations. */
  readonly available: number;
  /** By name; only when detail was asked for. */
  readonly locations?: readonly CellView[];
}

export interface AvailabilityView extends Freshness {
  readonly items: readonly SkuView[];
  /** SKUs that no event names: their availability is not 0, it is not known. */
  readonly unknown: readonly Sku[];
}

/** What may be promised of some SKUs: in all, or with `detail` by location too. */
export class AvailableToPromise extends Query<AvailabilityView> {
  constructor(
    readonly skus: readonly Sku[],
    readonly scope: LocationScope,
    readonly terms: PromiseTerms & { readonly detail: boolean },
    readonly minPosition?: Position,
  ) {
    super();
  }
}

@QueryHandler(AvailableToPromise)
export class AvailableToPromiseHandler implements IQueryHandler<AvailableToPromise> {
  constructor(@Inject(Cells) private readonly cells: Cells) {}

  async execute({ skus, scope, terms, minPosition }: AvailableToPromise): Promise<AvailabilityView> {
    const answer = await this.cells.read(skus, scope, minPosition);
    const view = terms.detail ? detailed : total;
    const items = answer.items.map((item) => view(item, answer.now, terms));
    return { items, unknown: answer.unknown, ...freshness(answer) };
  }
}

function total({ sku, cells }: SkuCells, now: Instant, terms: PromiseTerms): SkuView {
  let available = 0;
  for (const { figures } of cells) available += availableToPromise(figures, now, terms);
  return { sku, available };
}

function detailed({ sku, cells }: SkuCells, now: Instant, terms: PromiseTerms): SkuView {
  const locations = cells.map((cell) => cellView(cell, now, terms));
  locations.sort((a, b) => (a.location < b.location ? -1 : 1));
  return { sku, available: locations.reduce((sum, { available }) => sum + available, 0), locations };
}
