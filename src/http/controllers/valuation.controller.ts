import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import type { Position } from '../../ports/event-store.js';
import { ValuationQueries } from '../../queries/valuation.js';
import { CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import { parseStockKey } from '../dto/streams.js';
import { pageToken, parseValuationPage } from '../dto/valuation.js';
import { parsePosition, positionToken } from '../position-token.js';
import { unknownTo } from '../problem.js';

/** What the stock is worth. */
@Controller('v1/valuation')
@Needs('postings:read')
export class ValuationController {
  constructor(@Inject(ValuationQueries) private readonly valuation: ValuationQueries) {}

  @Get(':sku/:location')
  async one(
    @Param() path: { sku: string; location: string },
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const key = parseStockKey(path.sku, path.location);
    const { item, position, stale } = await this.valuation.one(key, parsePosition(parseMinPosition(query)));
    if (item === undefined || !mayUseLocation(principal, key.location)) {
      const detail = `Nothing of ${key.sku} was ever valued at ${key.location}.`;
      throw unknownTo(stale, 'unknown-valuation', detail, { ...key });
    }
    return { ...item, ...freshness(position, stale) };
  }

  @Get()
  async page(@Query() query: unknown, @CallerPrincipal() principal: Principal): Promise<JsonObject> {
    const { location, after, limit, minPosition } = parseValuationPage(query);
    const wanted = { locations: visible(principal, location), limit, ...(after === undefined ? {} : { after }) };
    const answer = await this.valuation.page(wanted, parsePosition(minPosition));
    return {
      items: answer.items.map((item) => ({ ...item })),
      totals: answer.totals.map((total) => ({ ...total })),
      ...(answer.next === undefined ? {} : { next: pageToken(answer.next) }),
      ...freshness(answer.position, answer.stale),
    };
  }
}

function visible(principal: Principal, location: LocationId | undefined): '*' | ReadonlySet<LocationId> {
  if (location === undefined) return principal.locations;
  return new Set(mayUseLocation(principal, location) ? [location] : []);
}

const freshness = (position: Position, stale: boolean): JsonObject => ({
  position: positionToken(position),
  ...(stale ? { stale } : {}),
});
