import { IsBoolean } from 'class-validator';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { parsed } from '../body/validate.js';
import { IsClientIdText, IsListOfUpTo, IsLocationText, IsPositionToken, IsSkuText, Optional } from './rules.js';

const MAX_SKUS = 1_000;
const MAX_LOCATIONS = 100;

/** `POST /v1/availability` */
class BulkAvailabilityDto {
  @IsListOfUpTo(MAX_SKUS) @IsSkuText({ each: true }) skus!: Sku[];
  @Optional()
  @IsListOfUpTo(MAX_LOCATIONS)
  @IsLocationText({ each: true })
  locations?: LocationId[];
  @Optional() @IsClientIdText() channel?: string;
  @Optional() @IsBoolean() detail?: boolean;
}

export const parseBulkAvailability = (body: unknown): BulkAvailabilityDto => parsed(BulkAvailabilityDto, body);

/** Query of `GET /v1/availability/{sku}`, its lists taken apart. */
class AvailabilityQueryDto {
  @IsSkuText() sku!: Sku;
  @Optional()
  @IsListOfUpTo(MAX_LOCATIONS)
  @IsLocationText({ each: true })
  locations?: LocationId[];
  @Optional() @IsClientIdText() channel?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

export function parseAvailabilityQuery(sku: string, query: Record<string, unknown>): AvailabilityQueryDto {
  const { locations, ...rest } = query;
  const list = typeof locations === 'string' ? { locations: locations.split(',') } : {};
  return parsed(AvailabilityQueryDto, { ...rest, ...list, sku }, 'parameter');
}

/** The one query parameter of the reads that are asked by a body. */
class MinPositionDto {
  @Optional() @IsPositionToken() minPosition?: string;
}

export const parseMinPosition = (query: unknown): string | undefined =>
  parsed(MinPositionDto, query, 'parameter').minPosition;
