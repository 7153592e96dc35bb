import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DescribeLocation, DescribeSku } from '../../commands/describe.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { EventStore } from '../../ports/event-store.js';
import { locationData, type MasterDataAnswer, skuData } from '../../streams/master-data-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import { parseLocationData, parseLocationId, parseSku, parseSkuData } from '../dto/master-data.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

/** What is known of locations and SKUs beside their stock. All of it is optional: there is no catalogue to be in. */
@Controller('v1')
@Needs('policies:write')
export class MasterDataController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  @Put('locations/:id')
  async describeLocation(
    @Param('id') text: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const location = parseLocationId(text);
    assertOwnLocation(principal, location);
    const wanted = parseLocationData(body);
    const answer = await this.commands.execute(new DescribeLocation(location, wanted, caller));
    if (answer !== undefined) return toJson({ id: location }, answer);
    const { currency } = (await locationData(this.store, location).read()).data;
    const detail = `${location} is valued in ${currency}, for good: what was valued there cannot change its currency.`;
    throw new Problem(409, 'currency-adopted', detail, { location, currency: currency ?? null });
  }

  @Get('locations/:id')
  async location(
    @Param('id') text: string,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    // The stream itself answers, so every position is already reached; the parameter is only checked.
    parseMinPosition(query);
    const location = parseLocationId(text);
    const answer = mayUseLocation(principal, location) ? await locationData(this.store, location).read() : undefined;
    if (answer !== undefined && answer.revision >= 0) return toJson({ id: location }, answer);
    throw new Problem(404, 'unknown-location', `Nothing was said of ${location}.`, { location });
  }

  /** It holds at every location, so it takes a right to all of them. */
  @Put('skus/:sku')
  async describeSku(
    @Param('sku') text: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const sku = parseSku(text);
    if (principal.locations !== '*') {
      throw new Problem(403, 'forbidden', 'What is said of a SKU holds everywhere: it takes a key for all locations.');
    }
    return toJson({ sku }, await this.commands.execute(new DescribeSku(sku, parseSkuData(body), caller)));
  }

  @Get('skus/:sku')
  async sku(@Param('sku') text: string, @Query() query: unknown): Promise<JsonObject> {
    parseMinPosition(query);
    const sku = parseSku(text);
    const answer = await skuData(this.store, sku).read();
    if (answer.revision >= 0) return toJson({ sku }, answer);
    throw new Problem(404, 'unknown-sku', `Nothing was said of ${sku}.`, { sku });
  }
}

const toJson = (name: JsonObject, { data, position }: MasterDataAnswer<object>): JsonObject => ({
  ...name,
  ...data,
  position: positionToken(position),
});
