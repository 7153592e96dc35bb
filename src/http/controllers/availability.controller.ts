import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ClientId, LocationId } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { Clock } from '../../ports/clock.js';
import { AvailableToPromise } from '../../queries/availability/available-to-promise.js';
import type { LocationScope } from '../../queries/availability/cells-answer.js';
import { ExplainAvailability } from '../../queries/availability/explain.js';
import { AvailabilitySchedule, MAX_DETAILED_LOCATIONS } from '../../queries/availability/schedule.js';
import { FulfilmentTransactor, readGroup } from '../../streams/fulfilment-streams.js';
import { CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { explanationJson, freshnessJson, manyJson, scheduleJson, skuJson } from '../availability-json.js';
import { availabilityText, MAX_AT_ONCE, sliced, together } from '../availability-slices.js';
import { expected, invalid } from '../body/validate.js';
import {
  parseAvailabilityQuery,
  parseBulkAvailability,
  parseExplainQuery,
  parseMinPosition,
  parseScheduleQuery,
  promiseDate,
} from '../dto/availability.js';
import { parseStockKey } from '../dto/streams.js';
import { parsePosition, positionToken } from '../position-token.js';
import { Problem, unknownTo } from '../problem.js';

type QueryText = Record<string, unknown>;

@Controller('v1/availability')
@Needs('availability:read')
export class AvailabilityController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(FulfilmentTransactor) private readonly groups: FulfilmentTransactor,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get(':sku')
  async ofSku(
    @Param('sku') skuText: string,
    @Query() query: QueryText,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const asked = parseAvailabilityQuery(skuText, query);
    const { sku, channel, minPosition } = asked;
    const terms = { channel, at: promiseDate(asked.date, this.clock.now(), 'parameter'), detail: true };
    const scope = await this.scope(asked, principal);
    const view = await this.queries.execute(new AvailableToPromise([sku], scope, terms, parsePosition(minPosition)));
    const [item] = view.items;
    if (item === undefined) throw unknownSku(sku, view.stale);
    return { ...skuJson(item), ...freshnessJson(view) };
  }

  /** Many cells are read, and told, in slices: nobody else waits for all of them. */
  @Post()
  @HttpCode(200)
  async ofMany(
    @Body() body: unknown,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject | StreamableFile> {
    const asked = parseBulkAvailability(body);
    const { skus, channel, detail = false } = asked;
    const terms = { channel, at: promiseDate(asked.date, this.clock.now(), 'body'), detail };
    const scope = await this.scope(asked, principal);
    const minPosition = parsePosition(parseMinPosition(query));
    if (skus.length <= MAX_AT_ONCE) {
      return manyJson(await this.queries.execute(new AvailableToPromise(skus, scope, terms, minPosition)));
    }
    const slices = await sliced(skus, minPosition, (slice, position) =>
      this.queries.execute(new AvailableToPromise(slice, scope, terms, position)),
    );
    if (!detail) return manyJson(await together(slices));
    return new StreamableFile(Readable.from(availabilityText(slices)), { type: 'application/json; charset=utf-8' });
  }

  @Get(':sku/schedule')
  async schedule(
    @Param('sku') skuText: string,
    @Query() query: QueryText,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const asked = parseScheduleQuery(skuText, query);
    const { sku, minPosition } = asked;
    const scope = await this.scope(asked, principal);
    const view = await this.queries.execute(new AvailabilitySchedule(sku, scope, asked, parsePosition(minPosition)));
    if (view === 'unknown' || view === 'not-shown-yet') throw unknownSku(sku, view === 'not-shown-yet');
    if (view === 'too-many-locations') {
      const what = `must name up to ${MAX_DETAILED_LOCATIONS} for detail=true, or group must`;
      throw invalid([{ path: 'locations', message: expected(what, asked.locations) }], 'parameter');
    }
    return scheduleJson(sku, view);
  }

  @Get(':sku/:location/explain')
  async explain(
    @Param() path: { sku: string; location: string },
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const key = parseStockKey(path.sku, path.location);
    // The stream itself answers, so every position is already reached; minPosition is only checked.
    const { channel, limit } = parseExplainQuery(query);
    const mine = mayUseLocation(principal, key.location);
    const answer = mine ? await this.queries.execute(new ExplainAvailability(key, channel, limit)) : undefined;
    if (answer === undefined) {
      throw new Problem(404, 'unknown-stream', `Nothing is known of ${key.sku} at ${key.location}.`, { ...key });
    }
    return { ...explanationJson(key, answer.explanation), position: positionToken(answer.position) };
  }

  /** Locations named and locations of a group are both conditions. */
  private async scope(
    { locations, group }: { locations?: LocationId[]; group?: ClientId },
    principal: Principal,
  ): Promise<LocationScope> {
    const maySee = (location: LocationId) => mayUseLocation(principal, location);
    if (group === undefined) return locations === undefined ? { maySee } : { maySee, only: new Set(locations) };
    const members = (await readGroup(this.groups, group))?.locations;
    if (members === undefined) throw new Problem(404, 'unknown-group', `No group is named ${group}.`, { group });
    return { maySee, only: new Set(locations?.filter((one) => members.includes(one)) ?? members) };
  }
}

const unknownSku = (sku: string, stale: boolean): Problem =>
  unknownTo(stale, 'unknown-sku', `No event names ${sku}.`, { sku });
