import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { SetFulfilmentGroup } from '../../commands/set-fulfilment-group.js';
import { unknownGroup } from '../../domain/fulfilment/group.js';
import type { ClientId, LocationId } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import type { Position } from '../../ports/event-store.js';
import { FulfilmentTransactor, readGroup } from '../../streams/fulfilment-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import { parseFulfilmentGroup, parseGroupId } from '../dto/fulfilment-group.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

@Controller('v1/fulfilment-groups')
export class FulfilmentGroupsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(FulfilmentTransactor) private readonly groups: FulfilmentTransactor,
  ) {}

  @Put(':id')
  @Needs('policies:write')
  async set(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const group = parseGroupId(id);
    const locations = parseFulfilmentGroup(body);
    for (const location of locations) assertOwnLocation(principal, location);
    return toJson(group, locations, await this.commands.execute(new SetFulfilmentGroup(group, locations, caller)));
  }

  @Get(':id')
  @Needs('availability:read')
  async byId(
    @Param('id') id: string,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    // The stream itself answers, so every position is already reached; the parameter is only checked.
    parseMinPosition(query);
    const group = parseGroupId(id);
    const found = await readGroup(this.groups, group);
    if (found === undefined) throw new Problem(404, 'unknown-group', unknownGroup(group).detail, { group });
    const visible = found.locations.filter((location) => mayUseLocation(principal, location));
    return toJson(group, visible, found.position);
  }
}

const toJson = (id: ClientId, locations: readonly LocationId[], position: Position): JsonObject => ({
  id,
  locations,
  position: positionToken(position),
});
