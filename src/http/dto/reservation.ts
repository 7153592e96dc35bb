import type { RequestedChange } from '../../commands/reservation/requested-change.js';
import { MAX_LOCATIONS } from '../../domain/fulfilment/group.js';
import { type CartLine, type CartRequest, summed } from '../../domain/reservation/process/request.js';
import type { Reserve } from '../../domain/stock/commands.js';
import type { ClientId, LocationId, Sku, StockKey } from '../../domain/values/identifiers.js';
import { givenNames, invalid, parsed, parsedList } from '../body/validate.js';
import { instant } from './movement.js';
import {
  IsClientIdText,
  IsInstantText,
  IsListOfUpTo,
  IsLocationText,
  IsPositionToken,
  IsQuantity,
  IsSkuText,
  IsTrueOrFalse,
  IsWholeNumber,
  Optional,
} from './rules.js';

export const MAX_TTL_SECONDS = 2_592_000;
export const MAX_LINES = 100;
/** Lines that came from several locations each are more than were asked for. */
const MAX_PARTS = MAX_LINES * MAX_LOCATIONS;

class LineDto {
  @IsSkuText() sku!: Sku;
  @IsQuantity() quantity!: number;
  @Optional() @IsLocationText() location?: LocationId;
  @Optional() @IsListOfUpTo(MAX_LOCATIONS) @IsLocationText({ each: true }) locations?: LocationId[];
  @Optional() @IsClientIdText() group?: ClientId;
}

/** `POST /v1/reservations` */
class ReserveDto {
  @IsClientIdText() reference!: ClientId;
  @IsListOfUpTo(MAX_LINES) lines!: unknown[];
  @Optional() @IsClientIdText() channel?: string;
  @IsWholeNumber(1, MAX_TTL_SECONDS) ttlSeconds!: number;
  @Optional() @IsInstantText() neededBy?: string;
  @Optional() @IsTrueOrFalse() partial?: boolean;
  @Optional() @IsTrueOrFalse() split?: boolean;
}

/** One line at a location that it names, or anything else. */
export type ReservationRequest =
  | { readonly kind: 'hold'; readonly key: StockKey; readonly hold: Omit<Reserve, 'type'> }
  /** The locations of groups are still to be looked up. */
  | { readonly kind: 'cart'; readonly request: CartRequest };

/** @throws Problem 400 for a body that is not a reservation */
export function parseReservation(body: unknown): ReservationRequest {
  const dto = parsed(ReserveDto, body);
  const lines = parsedList(LineDto, dto.lines, 'lines').map(toLine);
  const { reference, ttlSeconds, channel, partial = false, split = false } = dto;
  const terms = {
    reference,
    ttlSeconds,
    ...(channel === undefined ? {} : { channel }),
    ...(dto.neededBy === undefined ? {} : { neededBy: instant(dto.neededBy) }),
  };
  const [line] = lines;
  if (lines.length === 1 && line !== undefined && 'location' in line.source && !partial) {
    const { sku, quantity, source } = line;
    return { kind: 'hold', key: { sku, location: source.location }, hold: { ...terms, quantity } };
  }
  return { kind: 'cart', request: { ...terms, lines: summed(lines), partial, split } };
}

function toLine({ sku, quantity, location, locations, group }: LineDto, index: number): CartLine {
  const named = givenNames({ location, locations, group });
  if (named.length !== 1) {
    const message = `must name one of location, locations and group; it names ${named.join(' and ') || 'none'}`;
    throw invalid([{ path: `lines[${index}]`, message }]);
  }
  if (location !== undefined) return { index, sku, quantity, source: { location } };
  if (group !== undefined) return { index, sku, quantity, source: { group, locations: [] } };
  return { index, sku, quantity, source: { locations: [...new Set(locations)] } };
}

class FulfilLineDto {
  @IsSkuText() sku!: Sku;
  @Optional() @IsLocationText() location?: LocationId;
  @IsQuantity() quantity!: number;
}

/** `POST /v1/reservations/{id}/fulfil` */
class FulfilDto {
  @IsClientIdText() id!: ClientId;
  @Optional() @IsListOfUpTo(MAX_LINES) lines?: unknown[];
}

export function parseFulfilment(body: unknown): Extract<RequestedChange, { kind: 'fulfil' }> {
  const { id, lines } = parsed(FulfilDto, body);
  return lines === undefined
    ? { kind: 'fulfil', id }
    : { kind: 'fulfil', id, wanted: parsedList(FulfilLineDto, lines, 'lines').map((line) => ({ ...line })) };
}

/** `POST /v1/reservations/{id}/extend` */
class ExtendDto {
  @IsClientIdText() id!: ClientId;
  @IsWholeNumber(1, MAX_TTL_SECONDS) ttlSeconds!: number;
}

/** `POST /v1/reservations/{id}/move` */
class MoveDto {
  @IsClientIdText() id!: ClientId;
  @IsWholeNumber(0, MAX_PARTS - 1) line!: number;
  @IsLocationText() to!: LocationId;
}

/** `POST /v1/reservations/{id}/refuse` */
class RefuseDto {
  @IsClientIdText() id!: ClientId;
  @IsLocationText() location!: LocationId;
}

export const parseExtension = (body: unknown): RequestedChange => ({ kind: 'extend', ...parsed(ExtendDto, body) });
export const parseMove = (body: unknown): RequestedChange => ({ kind: 'move', ...parsed(MoveDto, body) });
export const parseRefusal = (body: unknown): RequestedChange => ({ kind: 'refuse', ...parsed(RefuseDto, body) });

/** Bodies of confirm and cancel: nothing needs to be said. */
class EmptyDto {
  @Optional() @IsClientIdText() id?: ClientId;
}

export const parseEmpty = (body: unknown): EmptyDto => parsed(EmptyDto, body ?? {});

/** Query of `GET /v1/reservations`. */
class ByReferenceDto {
  @IsClientIdText() reference!: ClientId;
  @Optional() @IsPositionToken() minPosition?: string;
}

export const parseByReference = (query: unknown): ByReferenceDto => parsed(ByReferenceDto, query, 'parameter');
