import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import {
  type AvailabilityView,
  AvailableToPromise,
  type CellView,
  type LocationScope,
} from '../../queries/available-to-promise.js';
import { CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseAvailabilityQuery, parseBulkAvailability, parseMinPosition } from '../dto/availability.js';
import { parsePosition, positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

@Controller('v1/availability')
@Needs('availability:read')
export class AvailabilityController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get(':sku')
  async ofSku(
    @Param('sku') skuText: string,
    @Query() query: Record<string, unknown>,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const { sku, locations, minPosition } = parseAvailabilityQuery(skuText, query);
    const view = await this.ask([sku], locations, principal, minPosition);
    const [item] = view.items;
    if (item === undefined) throw new Problem(404, 'unknown-sku', `No event names ${sku}.`, { sku });
    return { sku, available: item.available, locations: item.locations.map(cellJson), ...freshness(view) };
  }

  @Post()
  @HttpCode(200)
  async ofMany(
    @Body() body: unknown,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const { skus, locations, detail } = parseBulkAvailability(body);
    const view = await this.ask(skus, locations, principal, parseMinPosition(query));
    return {
      items: view.items.map(({ sku, available, locations: cells }) =>
        detail === true ? { sku, available, locations: cells.map(cellJson) } : { sku, available },
      ),
      unknown: view.unknown,
      ...freshness(view),
    };
  }

  private ask(
    skus: readonly Sku[],
    wanted: readonly LocationId[] | undefined,
    principal: Principal,
    minPosition: string | undefined,
  ): Promise<AvailabilityView> {
    const scope: LocationScope = {
      maySee: (location) => mayUseLocation(principal, location),
      ...(wanted === undefined ? {} : { only: new Set(wanted) }),
    };
    return this.queries.execute(new AvailableToPromise(skus, scope, parsePosition(minPosition)));
  }
}

export const cellJson = (cell: CellView): JsonObject => ({ ...cell });

const freshness = ({ position, ageMs, source, stale }: AvailabilityView): JsonObject => ({
  position: positionToken(position),
  ageMs,
  source,
  ...(stale ? { stale } : {}),
});
