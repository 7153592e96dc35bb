import type { ClientId, LocationId, Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import { MAX_DAYS, mayBePromisedFor, parseInstantOrDay } from '../../queries/availability/days.js';
import { expected, invalid, parsed } from '../body/validate.js';
import {
  IsClientIdText,
  IsListOfUpTo,
  IsLocationText,
  IsOneOf,
  IsPositionToken,
  IsSkuText,
  IsTextOfUpTo,
  IsTrueOrFalse,
  IsWholeNumberText,
  Optional,
} from './rules.js';
import { pageSize } from './streams.js';

const MAX_SKUS = 1_000;
const MAX_LOCATIONS = 100;

/** For whom and where, in every question. */
class AskingDto {
  @Optional()
  @IsListOfUpTo(MAX_LOCATIONS)
  @IsLocationText({ each: true })
  locations?: LocationId[];
  @Optional() @IsClientIdText() group?: ClientId;
  @Optional() @IsClientIdText() channel?: string;
}

/** `POST /v1/availability` */
class BulkAvailabilityDto extends AskingDto {
  @IsListOfUpTo(MAX_SKUS) @IsSkuText({ each: true }) skus!: Sku[];
  @Optional() @IsTextOfUpTo(64) date?: string;
  @Optional() @IsTrueOrFalse() detail?: boolean;
}

export const parseBulkAvailability = (body: unknown): BulkAvailabilityDto => parsed(BulkAvailabilityDto, body);

/** Query of `GET /v1/availability/{sku}`, its lists taken apart. */
class AvailabilityQueryDto extends AskingDto {
  @IsSkuText() sku!: Sku;
  @Optional() @IsTextOfUpTo(64) date?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

export const parseAvailabilityQuery = (sku: string, query: Record<string, unknown>): AvailabilityQueryDto =>
  parsed(AvailabilityQueryDto, { ...takenApart(query), sku }, 'parameter');

/** Query of `GET /v1/availability/{sku}/schedule` */
class ScheduleQueryDto extends AskingDto {
  @IsSkuText() sku!: Sku;
  @Optional() @IsWholeNumberText() days?: string;
  @Optional() @IsOneOf(['true', 'false']) detail?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

export type ScheduleQuery = Omit<ScheduleQueryDto, 'days' | 'detail'> & { days: number; detail: boolean };

export function parseScheduleQuery(sku: string, query: Record<string, unknown>): ScheduleQuery {
  const { days = '30', detail, ...rest } = parsed(ScheduleQueryDto, { ...takenApart(query), sku }, 'parameter');
  const count = Number(days);
  if (count >= 1 && count <= MAX_DAYS) return { ...rest, days: count, detail: detail === 'true' };
  throw invalid([{ path: 'days', message: expected(`must be from 1 to ${MAX_DAYS}`, days) }], 'parameter');
}

/** Query of `GET /v1/availability/{sku}/{location}/explain` */
class ExplainQueryDto {
  @Optional() @IsClientIdText() channel?: string;
  @Optional() @IsWholeNumberText() limit?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

export function parseExplainQuery(query: unknown): { channel: string | undefined; limit: number } {
  const { channel, limit } = parsed(ExplainQueryDto, query, 'parameter');
  return { channel, limit: pageSize(limit) };
}

/** The one query parameter of the reads that are asked by a body. */
class MinPositionDto {
  @Optional() @IsPositionToken() minPosition?: string;
}

export const parseMinPosition = (query: unknown): string | undefined =>
  parsed(MinPositionDto, query, 'parameter').minPosition;

/** The instant that a promise is asked for. @throws Problem 400 for one that nothing can be promised for */
export function promiseDate(date: string | undefined, now: Instant, where: 'body' | 'parameter'): Instant | undefined {
  if (date === undefined) return undefined;
  const refusal = (what: string) => invalid([{ path: 'date', message: expected(what, date) }], where);
  const at = parseInstantOrDay(date);
  if (at === undefined) throw refusal('must be a day, e.g. 2026-11-20, or an RFC 3339 instant with offset');
  if (mayBePromisedFor(at, now)) return at;
  throw refusal(`must not lie in the past, nor more than ${MAX_DAYS} days ahead`);
}

/** Lists stand in a query with commas between their items. */
function takenApart({ locations, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (locations === undefined) return rest;
  return { ...rest, locations: typeof locations === 'string' ? locations.split(',') : locations };
}
