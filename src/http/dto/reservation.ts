import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import type { ClientId, LocationId, Sku } from '../../domain/values/identifiers.js';
import { parsed, parsedList } from '../body/validate.js';
import { Problem } from '../problem.js';
import {
  IsClientIdText,
  IsInstantText,
  IsListOfUpTo,
  IsLocationText,
  IsQuantity,
  IsSkuText,
  Optional,
} from './rules.js';

export const MAX_TTL_SECONDS = 2_592_000;
export const MAX_LINES = 100;

class LineDto {
  @IsSkuText() sku!: Sku;
  @IsQuantity() quantity!: number;
  @Optional() @IsLocationText() location?: LocationId;
  @Optional() @IsListOfUpTo(100) @IsLocationText({ each: true }) locations?: LocationId[];
  @Optional() @IsClientIdText() group?: string;
}

/** `POST /v1/reservations` */
class ReserveDto {
  @IsClientIdText() reference!: ClientId;
  @IsListOfUpTo(MAX_LINES) lines!: unknown[];
  @Optional() @IsClientIdText() channel?: string;
  @IsInt() @Min(1) @Max(MAX_TTL_SECONDS) ttlSeconds!: number;
  @Optional() @IsInstantText() neededBy?: string;
  @Optional() @IsBoolean() partial?: boolean;
  @Optional() @IsBoolean() split?: boolean;
}

/** A reservation of one line at one named location. */
export type SingleLineReservation = Omit<ReserveDto, 'lines'> & {
  readonly line: { readonly sku: Sku; readonly location: LocationId; readonly quantity: number };
};

/** @throws Problem for a body that is not a reservation, or one that this version cannot make */
export function parseReservation(body: unknown): SingleLineReservation {
  const dto = parsed(ReserveDto, body);
  const lines = parsedList(LineDto, dto.lines, 'lines');
  const [line] = lines;
  if (lines.length !== 1 || line?.location === undefined) {
    throw new Problem(501, 'not-supported', 'This version reserves one line, at a location that the line names.');
  }
  const { sku, location, quantity } = line;
  return { ...dto, line: { sku, location, quantity } };
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

export function parseFulfilment(body: unknown): { id: ClientId; lines?: readonly FulfilLineDto[] } {
  const { id, lines } = parsed(FulfilDto, body);
  return lines === undefined ? { id } : { id, lines: parsedList(FulfilLineDto, lines, 'lines') };
}

/** Bodies of confirm and cancel: nothing needs to be said. */
class EmptyDto {
  @Optional() @IsClientIdText() id?: ClientId;
}

export const parseEmpty = (body: unknown): EmptyDto => parsed(EmptyDto, body ?? {});
