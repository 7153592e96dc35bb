import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { SetPolicy } from '../../commands/set-policy.js';
import { Rejected } from '../../domain/rejected.js';
import { MAX_PROTECTED_CHANNELS } from '../../domain/stock/decide-change.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { type PolicyAnswer, readPolicy } from '../../streams/policy-reader.js';
import { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { invalid } from '../body/validate.js';
import { parseMinPosition } from '../dto/availability.js';
import { parsePolicy } from '../dto/policy.js';
import { parseStockKey } from '../dto/streams.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

interface StockPath {
  readonly sku: string;
  readonly location: string;
}

/** What may not be promised, or not to everybody. */
@Controller('v1/policies/:sku/:location')
export class PoliciesController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(StockTransactor) private readonly streams: StockTransactor,
  ) {}

  @Put()
  @Needs('policies:write')
  async set(
    @Param() path: StockPath,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const key = parseStockKey(path.sku, path.location);
    assertOwnLocation(principal, key.location);
    const answer = await this.commands.execute(new SetPolicy(key, parsePolicy(body), caller));
    if (!(answer instanceof Rejected)) return toJson(key, answer);
    const what = `must leave units kept for up to ${MAX_PROTECTED_CHANNELS} channels, so set others to 0 first`;
    throw invalid([{ path: 'protections', message: `${what}; it would be ${answer.facts.channels}` }]);
  }

  @Get()
  @Needs('availability:read')
  async of(
    @Param() path: StockPath,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    // The stream itself answers, so every position is already reached; the parameter is only checked.
    parseMinPosition(query);
    const key = parseStockKey(path.sku, path.location);
    const mine = mayUseLocation(principal, key.location);
    const answer = mine ? await readPolicy(this.streams, key) : undefined;
    if (answer?.exists === true) return toJson(key, answer);
    throw new Problem(404, 'unknown-stream', `Nothing is known of ${key.sku} at ${key.location}.`, { ...key });
  }
}

const toJson = (key: StockKey, { policy, position }: PolicyAnswer): JsonObject => ({
  ...key,
  safetyStock: policy.safetyStock,
  protections: Object.fromEntries([...policy.protections].sort()),
  lowStockThreshold: policy.lowStockThreshold,
  position: positionToken(position),
});
