import { Inject, Injectable } from '@nestjs/common';
import { type Sku, STOCK_STREAMS } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import {
  type AvailabilityAnswer,
  AvailabilityStore,
  ReadModelUnavailable,
  type SkuAvailability,
} from '../../ports/availability-store.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { StockTransactor } from '../../streams/stock-streams.js';
import { readAtLeast } from '../wait-for-position.js';
import { type CellFigures, figuresOfCell } from './cell-view.js';
import type { CellsAnswer, LocationScope, SkuCells } from './cells-answer.js';
import { LocationMemory } from './location-memory.js';
import { StreamCells } from './stream-cells.js';
import { TimeIsUp, within } from './within.js';

/** A read model that has said nothing for so long may be hung: the streams are asked as well, and sooner next time. */
const PATIENCE_MS = { usual: 80, afterSilence: 5 };
/** How long such a silence is remembered, unless the model speaks before. */
const SILENCE_MS = 1_000;
/** The model may still answer for so long, should the streams have nothing to say. */
const LAST_CHANCE_MS = 160;

/** Reads cells from the read model; when that is away, and they are few and known, from their streams. */
@Injectable()
export class Cells {
  private readonly memory = new LocationMemory();
  private readonly streams: StreamCells;
  private silentUntil = 0;

  constructor(
    @Inject(AvailabilityStore) private readonly model: AvailabilityStore,
    @Inject(StockTransactor) streams: StockTransactor,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.streams = new StreamCells(streams, store, clock, this.memory);
  }

  /** @throws ReadModelUnavailable when neither the model nor the streams can answer truthfully */
  read(skus: readonly Sku[], scope: LocationScope, minPosition?: Position) {
    const source = { store: this.store, streamPrefixes: STOCK_STREAMS };
    return readAtLeast(minPosition, () => this.readOnce(skus, scope, minPosition), source);
  }

  private async readOnce(
    skus: readonly Sku[],
    scope: LocationScope,
    minPosition: Position | undefined,
  ): Promise<CellsAnswer> {
    const atHand = this.model.atHand(skus, minPosition);
    if (atHand !== undefined) return this.taken(atHand, skus, scope);
    const fromModel = this.model.read(skus, minPosition).then((answer) => this.taken(answer, skus, scope));
    try {
      const isSilent = performance.now() < this.silentUntil;
      return await within(isSilent ? PATIENCE_MS.afterSilence : PATIENCE_MS.usual, fromModel);
    } catch (error) {
      if (error instanceof TimeIsUp) this.silentUntil = performance.now() + SILENCE_MS;
      else if (!(error instanceof ReadModelUnavailable)) throw error;
      const fromStreams = this.streams.read(skus, scope, minPosition);
      return await Promise.any([within(LAST_CHANCE_MS, fromModel), fromStreams]).catch((errors: AggregateError) =>
        unavailable(errors),
      );
    }
  }

  private taken(answer: AvailabilityAnswer, skus: readonly Sku[], scope: LocationScope): CellsAnswer {
    this.silentUntil = 0;
    this.memory.learn(answer);
    const now = this.clock.now();
    const items: SkuCells[] = [];
    const unknown: Sku[] = [];
    for (const [index, sku] of skus.entries()) {
      const item = answer.items[index];
      if (item !== undefined && isVisible(item, scope)) items.push({ sku, cells: cellsOf(item, scope, now) });
      else unknown.push(sku);
    }
    return { items, unknown, position: answer.position, asOf: answer.asOf, source: this.model.source, now };
  }
}

function isVisible({ cells }: SkuAvailability, { maySee }: LocationScope): boolean {
  for (const location of cells.keys()) if (maySee(location)) return true;
  return false;
}

function cellsOf({ cells }: SkuAvailability, { maySee, only }: LocationScope, now: Instant): CellFigures[] {
  const counted: CellFigures[] = [];
  for (const [location, cell] of cells) {
    if ((only === undefined || only.has(location)) && maySee(location)) {
      counted.push(figuresOfCell(location, cell, now));
    }
  }
  return counted;
}

function unavailable({ errors }: AggregateError): never {
  const [model, streams] = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new ReadModelUnavailable(`The read model is away (${model}) and the streams cannot stand in: ${streams}.`);
}
