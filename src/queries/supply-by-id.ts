import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { ClientId, StockKey } from '../domain/values/identifiers.js';
import { StockTransactor } from '../streams/stock-streams.js';
import { readSupply, type SupplyAnswer } from '../streams/supply-reader.js';

/** An expected receipt as it is now, read from its stream; undefined when there is none with this id. */
export class SupplyById extends Query<SupplyAnswer | undefined> {
  constructor(
    readonly key: StockKey,
    readonly id: ClientId,
  ) {
    super();
  }
}

@QueryHandler(SupplyById)
export class SupplyByIdHandler implements IQueryHandler<SupplyById> {
  constructor(@Inject(StockTransactor) private readonly streams: StockTransactor) {}

  execute({ key, id }: SupplyById): Promise<SupplyAnswer | undefined> {
    return readSupply(this.streams, key, id);
  }
}
