import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { onHandAsItWas } from '../domain/stock/as-it-was.js';
import { decodeStockEvent } from '../domain/stock/codec.js';
import { stockDecider } from '../domain/stock/decider.js';
import type { StockEvent } from '../domain/stock/events.js';
import type { StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import { type Instant, storedInstant } from '../domain/values/instant.js';
import { Clock } from '../ports/clock.js';
import { EventStore, type Position, START } from '../ports/event-store.js';
import { type CellView, cellView, figuresOfState } from './availability/cell-view.js';

/** Which state is asked for: as then known (revision, recorded) or, from all that is known today, as it then was. */
export type AsOf =
  | { readonly kind: 'now' }
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'recorded'; readonly at: Instant }
  | { readonly kind: 'occurred'; readonly at: Instant };

export interface StockAsOfView {
  readonly cell: CellView;
  /** When the newest event in it was recorded. */
  readonly recordedAt: Instant;
  /** Of the newest event in it. */
  readonly position: Position;
}

/** The state of one SKU at one location, folded from its stream; undefined when nothing was known yet. */
export class StockAsOf extends Query<StockAsOfView | undefined> {
  constructor(
    readonly key: StockKey,
    readonly asOf: AsOf,
  ) {
    super();
  }
}

@QueryHandler(StockAsOf)
export class StockAsOfHandler implements IQueryHandler<StockAsOf> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ key, asOf }: StockAsOf): Promise<StockAsOfView | undefined> {
    let state = stockDecider.initial;
    let revision = -1;
    let recordedAt = Number.NaN;
    let position = START;
    const facts: StockEvent[] = [];
    for await (const stored of this.store.readStream(stockStream(key))) {
      const storedAt = storedInstant(String(stored.metadata.recordedAt));
      if (asOf.kind === 'revision' && stored.revision > asOf.revision) break;
      if (asOf.kind === 'recorded' && storedAt > asOf.at) break;
      const event = decodeStockEvent(stored);
      // Only this question looks at all facts at once; the others fold as they read.
      if (asOf.kind === 'occurred') facts.push(event);
      if (asOf.kind === 'occurred' && event.occurredAt > asOf.at) continue;
      state = stockDecider.evolve(state, event);
      ({ revision, position } = stored);
      recordedAt = storedAt;
    }
    if (revision === -1) return undefined;
    if (asOf.kind === 'occurred') state = { ...state, onHand: onHandAsItWas(facts, asOf.at) };
    const then = this.instantOf(asOf, recordedAt);
    return { cell: cellView(figuresOfState(key.location, state, revision, then), then), recordedAt, position };
  }

  /** The instant whose living holds count. */
  private instantOf(asOf: AsOf, recordedAt: Instant): Instant {
    switch (asOf.kind) {
      case 'now':
        return this.clock.now();
      case 'revision':
        return recordedAt;
      case 'recorded':
      case 'occurred':
        return asOf.at;
    }
  }
}
