import { Body, Controller, Delete, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ExpectSupply, type SupplyChange } from '../../commands/expect-supply.js';
import { Rejected } from '../../domain/rejected.js';
import type { ClientId, StockKey } from '../../domain/values/identifiers.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { SupplyById } from '../../queries/supply-by-id.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import { parseSupply, parseSupplyPath } from '../dto/supply.js';
import { positionToken } from '../position-token.js';
import { Problem, problemOf } from '../problem.js';

type SupplyPath = { readonly sku: string; readonly location: string; readonly id: string };
type SupplyName = StockKey & { readonly id: ClientId };

/** Receipts that are expected; one that comes names the supply that it meets. */
@Controller('v1/supplies/:sku/:location/:id')
export class SuppliesController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
  ) {}

  @Put()
  @Needs('movements:write')
  expect(
    @Param() path: SupplyPath,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const name = parseSupplyPath(path);
    return this.change(name, parseSupply(body), caller, principal);
  }

  /** What has not come is no longer expected. */
  @Delete()
  @Needs('movements:write')
  cancel(
    @Param() path: SupplyPath,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(parseSupplyPath(path), null, caller, principal);
  }

  @Get()
  @Needs('availability:read')
  async byId(
    @Param() path: SupplyPath,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const name = parseSupplyPath(path);
    // The stream itself answers, so every position is already reached; the parameter is only checked.
    parseMinPosition(query);
    const { sku, location, id } = name;
    const isVisible = mayUseLocation(principal, location);
    const supply = isVisible ? await this.queries.execute(new SupplyById({ sku, location }, id)) : undefined;
    if (supply === undefined) throw new Problem(404, 'unknown-supply', 'Nothing is expected under this id.', { id });
    return toJson(name, supply);
  }

  private async change(
    name: SupplyName,
    expected: ExpectSupply['expected'],
    caller: Caller,
    principal: Principal,
  ): Promise<JsonObject> {
    const { sku, location, id } = name;
    assertOwnLocation(principal, location);
    const answer = await this.commands.execute(new ExpectSupply({ sku, location }, id, expected, caller));
    if (answer instanceof Rejected) throw problemOf(answer);
    return toJson(name, answer);
  }
}

function toJson({ sku, location, id }: SupplyName, supply: SupplyChange): JsonObject {
  const { quantity, received, open, dueAt, revision, position } = supply;
  return {
    sku,
    location,
    id,
    quantity,
    received,
    open,
    ...(dueAt === null ? {} : { dueAt: formatInstant(dueAt) }),
    ...(revision === undefined ? {} : { revision }),
    position: positionToken(position),
  };
}
