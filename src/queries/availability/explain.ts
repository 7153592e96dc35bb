import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { decodeStockEvent } from '../../domain/stock/codec.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import { stockStream } from '../../domain/values/identifiers.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { Explainer, type Explanation } from './explanation.js';

export interface ExplainedAvailability {
  readonly explanation: Explanation;
  /** Of the newest event in it. */
  readonly position: Position;
}

/** What is available of one SKU at one location, and why, read from its stream; undefined when there is none. */
export class ExplainAvailability extends Query<ExplainedAvailability | undefined> {
  /** @param limit so many events of a kind are told one by one */
  constructor(
    readonly key: StockKey,
    readonly channel: string | undefined,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ExplainAvailability)
export class ExplainAvailabilityHandler implements IQueryHandler<ExplainAvailability> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ key, channel, limit }: ExplainAvailability): Promise<ExplainedAvailability | undefined> {
    const explainer = new Explainer(limit);
    let position: Position | undefined;
    for await (const stored of this.store.readStream(stockStream(key))) {
      explainer.take(decodeStockEvent(stored), stored.revision, stored.id);
      position = stored.position;
    }
    if (position === undefined) return undefined;
    return { explanation: explainer.explain(this.clock.now(), channel), position };
  }
}
