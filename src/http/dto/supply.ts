import type { ClientId, LocationId, Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import { parsed } from '../body/validate.js';
import { instant } from './movement.js';
import { IsClientIdText, IsInstantText, IsLocationText, IsQuantity, IsSkuText } from './rules.js';

class SupplyPathDto {
  @IsSkuText() sku!: Sku;
  @IsLocationText() location!: LocationId;
  @IsClientIdText() id!: ClientId;
}

/** The expected receipt that a path names. */
export const parseSupplyPath = ({ sku, location, id }: { sku: string; location: string; id: string }): SupplyPathDto =>
  parsed(SupplyPathDto, { sku, location, id }, 'parameter');

/** `PUT /v1/supplies/{sku}/{location}/{id}` */
class SupplyDto {
  @IsQuantity() quantity!: number;
  @IsInstantText() dueAt!: string;
}

export function parseSupply(body: unknown): { quantity: number; dueAt: Instant } {
  const { quantity, dueAt } = parsed(SupplyDto, body);
  return { quantity, dueAt: instant(dueAt) };
}
