import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { describeLocation, type LocationData } from '../domain/master-data/location.js';
import { describeSku, type SkuData } from '../domain/master-data/sku.js';
import type { LocationId, Sku } from '../domain/values/identifiers.js';
import { Clock } from '../ports/clock.js';
import { EventStore } from '../ports/event-store.js';
import { locationData, type MasterDataAnswer, skuData } from '../streams/master-data-streams.js';
import type { Caller } from '../streams/stream-kind.js';

/** Says something of a location; undefined when it has another currency already, which it keeps for good. */
export class DescribeLocation extends Command<MasterDataAnswer<LocationData> | undefined> {
  constructor(
    readonly location: LocationId,
    readonly wanted: LocationData,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(DescribeLocation)
export class DescribeLocationHandler implements ICommandHandler<DescribeLocation> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  execute({ location, wanted, caller }: DescribeLocation) {
    const now = this.clock.now();
    const decide = (data: LocationData) => describeLocation(data, wanted, caller.correlationId, now);
    return locationData(this.store, location).change(decide, caller, now);
  }
}

/** Says something of a SKU. */
export class DescribeSku extends Command<MasterDataAnswer<SkuData>> {
  constructor(
    readonly sku: Sku,
    readonly wanted: SkuData,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(DescribeSku)
export class DescribeSkuHandler implements ICommandHandler<DescribeSku> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ sku, wanted, caller }: DescribeSku): Promise<MasterDataAnswer<SkuData>> {
    const now = this.clock.now();
    const decide = (data: SkuData) => describeSku(data, wanted, caller.correlationId, now);
    const answer = await skuData(this.store, sku).change(decide, caller, now);
    if (answer === undefined) throw new Error('What is said of a SKU was refused.');
    return answer;
  }
}
