import type { LocationData } from '../../domain/master-data/location.js';
import { COSTING_METHODS, type CostingMethod, type SkuData } from '../../domain/master-data/sku.js';
import type { Currency } from '../../domain/values/currency.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { parsed, type Shape, saysNothing } from '../body/validate.js';
import { IsClientIdText, IsCurrencyText, IsLocationText, IsOneOf, IsSkuText, Optional, rule } from './rules.js';

/** Whether this runtime can tell what time it is there: asked at the edge only, its list of zones changes. */
function isTimeZone(value: unknown): boolean {
  // Offsets such as +01:00 are no zone: they know nothing of summer.
  if (typeof value !== 'string' || !/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

const IsTimeZone = rule('isTimeZone', isTimeZone, 'must be a time zone of the IANA database, e.g. Europe/London');

/** `PUT /v1/locations/{id}` */
class LocationDataDto {
  @Optional() @IsTimeZone() timeZone?: string;
  @Optional() @IsCurrencyText() currency?: Currency;
  @Optional() @IsClientIdText() kind?: string;
}

/** `PUT /v1/skus/{sku}` */
class SkuDataDto {
  @Optional() @IsClientIdText() class?: string;
  @Optional() @IsOneOf(COSTING_METHODS) costing?: CostingMethod;
  @Optional() @IsClientIdText() unit?: string;
}

/** @throws Problem 400 */
export const parseLocationData = (body: unknown): LocationData =>
  saidSomething(LocationDataDto, body, 'timeZone, currency and kind');

/** @throws Problem 400 */
export const parseSkuData = (body: unknown): SkuData => saidSomething(SkuDataDto, body, 'class, costing and unit');

function saidSomething<T extends object>(shape: Shape<T>, body: unknown, fields: string): T {
  const dto = parsed(shape, body);
  if (Object.keys(dto).length === 0) throw saysNothing(fields);
  return { ...dto };
}

class LocationPathDto {
  @IsLocationText() id!: LocationId;
}

class SkuPathDto {
  @IsSkuText() sku!: Sku;
}

export const parseLocationId = (id: string): LocationId => parsed(LocationPathDto, { id }, 'parameter').id;
export const parseSku = (sku: string): Sku => parsed(SkuPathDto, { sku }, 'parameter').sku;
