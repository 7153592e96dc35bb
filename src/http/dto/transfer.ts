import { DISPOSITIONS, type Disposition } from '../../domain/stock/events.js';
import type { ReportReceipt, RequestTransfer } from '../../domain/transfer/commands.js';
import type { ClientId, LocationId, Sku } from '../../domain/values/identifiers.js';
import { isQuantity, MAX_QUANTITY } from '../../domain/values/quantity.js';
import { expected, invalid, parsed, parsedList } from '../body/validate.js';
import type { Problem } from '../problem.js';
import { instant } from './movement.js';
import {
  IsClientIdText,
  IsInstantText,
  IsListOfUpTo,
  IsLocationText,
  IsOneOf,
  IsQuantity,
  IsSkuText,
  IsTrueOrFalse,
  Optional,
} from './rules.js';

export const MAX_TRANSFER_LINES = 100;

class LineDto {
  @IsSkuText() sku!: Sku;
  @IsQuantity() quantity!: number;
}

/** `POST /v1/transfers` */
class TransferDto {
  @IsClientIdText() id!: ClientId;
  @IsLocationText() from!: LocationId;
  @IsLocationText() to!: LocationId;
  @IsListOfUpTo(MAX_TRANSFER_LINES) lines!: unknown[];
  @Optional() @IsInstantText() dueAt?: string;
}

/** Lines of the same SKU are one. @throws Problem */
export function parseTransfer(body: unknown): Omit<RequestTransfer, 'type'> {
  const { id, from, to, lines, dueAt } = parsed(TransferDto, body);
  if (from === to) throw defect('to', 'must differ from from', to);
  const sent = summed(parsedList(LineDto, lines, 'lines'), ({ sku }) => sku);
  return {
    id,
    from,
    to,
    lines: sent.map(({ sku, quantity }) => ({ sku, quantity })),
    dueAt: dueAt === undefined ? null : instant(dueAt),
  };
}

class ReceiptLineDto extends LineDto {
  @Optional() @IsOneOf(DISPOSITIONS) disposition?: Disposition;
}

/** `POST /v1/transfers/{id}/receipts` */
class ReceiptDto {
  @IsClientIdText() id!: ClientId;
  @Optional() @IsListOfUpTo(MAX_TRANSFER_LINES) lines?: unknown[];
  @Optional() @IsTrueOrFalse() close?: boolean;
}

/** Lines of the same SKU and disposition are one; a receipt that closes needs none. @throws Problem */
export function parseReceipt(body: unknown): Omit<ReportReceipt, 'type'> {
  const { id, lines, close = false } = parsed(ReceiptDto, body);
  if (lines === undefined && !close) throw defect('lines', `must be a list of 1 to ${MAX_TRANSFER_LINES}`, lines);
  const came = parsedList(ReceiptLineDto, lines ?? [], 'lines').map(({ sku, quantity, disposition = 'sellable' }) => ({
    sku,
    quantity,
    disposition,
  }));
  return { id, lines: summed(came, ({ sku, disposition }) => `${sku}/${disposition}`), closes: close };
}

class TransferIdDto {
  @IsClientIdText() id!: ClientId;
}

/** The transfer that a path names. */
export const parseTransferId = (id: string): ClientId => parsed(TransferIdDto, { id }, 'parameter').id;

function summed<Line extends { readonly quantity: number }>(lines: readonly Line[], keyOf: (line: Line) => string) {
  const sums = new Map<string, Line>();
  for (const line of lines) {
    const key = keyOf(line);
    const quantity = (sums.get(key)?.quantity ?? 0) + line.quantity;
    if (!isQuantity(quantity))
      throw defect('lines', `must not hold more than ${MAX_QUANTITY} of ${key} together`, quantity);
    sums.set(key, { ...line, quantity });
  }
  return [...sums.values()];
}

const defect = (path: string, what: string, given: unknown): Problem =>
  invalid([{ path, message: expected(what, given) }]);
