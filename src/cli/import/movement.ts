import type { AdjustmentReason } from './adjustment-reason.js';
import { adjustmentReason } from './adjustment-reason.js';
import type { Row } from './rows.js';

interface Fact {
  readonly id: string;
  readonly sku: string;
  readonly location: string;
  readonly occurredAt: string;
  readonly reference?: string;
}

/** The movements an import posts, in the shape of `POST /v1/movements`; quantities are whole units. */
export type Movement =
  | (Fact & {
      readonly type: 'receipt';
      readonly quantity: number;
      readonly unitCost: string;
      readonly currency: string;
    })
  | (Fact & { readonly type: 'sale'; readonly quantity: number })
  | (Fact & { readonly type: 'return'; readonly quantity: number; readonly disposition: 'sellable' })
  | (Fact & { readonly type: 'adjustment'; readonly quantity: number; readonly reason: AdjustmentReason });

/** Where and when a goods line takes place, known before its quantity is looked at. */
export interface Place {
  readonly sku: string;
  readonly location: string;
  readonly occurredAt: string;
}

/** What a line comes to: a movement, nothing by a reason that is counted, or a problem someone must mend. */
export type Outcome =
  | { readonly kind: 'movement'; readonly movement: Movement }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly problem: string };

const GOODS = /^\d{5}[A-Za-z]{0,2}$/;
const LOCATION = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const REFERENCE = /^[A-Za-z0-9._:-]{1,64}$/;
const MAX_ID_LENGTH = 64;

/** The SKU of a stock code, undefined when it names no goods (postage, bank charges, vouchers). */
export function goodsSku(stockCode: string): string | undefined {
  return GOODS.test(stockCode) ? stockCode.toUpperCase() : undefined;
}

/** Place and time of a goods line, or the problem with them. */
export function placeOf(row: Row, sku: string, toInstant: (text: string) => string | undefined): Place | string {
  const location = row.country.replace(/[^A-Za-z0-9]+/g, '-');
  if (!LOCATION.test(location)) return `country "${shorten(row.country)}" makes no location name`;
  const occurredAt = toInstant(row.invoice_date);
  if (occurredAt === undefined) {
    return `invoice_date "${shorten(row.invoice_date)}" is no local time such as 2010-12-01T08:26`;
  }
  return { sku, location, occurredAt };
}

/** The movement of a goods line; `ordinal` counts from 1 among the lines of its invoice and SKU, in file order. */
export function lineOutcome(row: Row, place: Place, ordinal: number): Outcome {
  if (row.invoice_no === '') return rejected('invoice_no is empty');
  const invoice = encode(row.invoice_no);
  const id = `pos:${invoice}:${place.sku}:${ordinal}`;
  if (id.length > MAX_ID_LENGTH) return rejected(`invoice_no "${shorten(row.invoice_no)}" is too long`);
  if (!/^[+-]?\d+$/.test(row.quantity)) {
    return rejected(`quantity "${shorten(row.quantity)}" is no whole number`);
  }
  const quantity = Number(row.quantity);
  // Beyond this a number is sent as another one; nearer ones are the service's to judge.
  if (!Number.isSafeInteger(quantity)) return rejected(`quantity ${shorten(row.quantity)} is out of range`);
  if (quantity === 0) return { kind: 'skipped', reason: 'quantity is zero' };
  const reference = REFERENCE.test(row.invoice_no) ? row.invoice_no : invoice;
  const fact: Fact = { id, ...place, reference };
  if (/^c/i.test(row.invoice_no)) {
    return moved({ ...fact, type: 'return', quantity: Math.abs(quantity), disposition: 'sellable' });
  }
  if (quantity < 0) return moved({ ...fact, type: 'adjustment', quantity, reason: adjustmentReason(row.description) });
  return moved({ ...fact, type: 'sale', quantity });
}

/** The receipt that stands before the first line of a SKU at a location. */
export function openingReceipt(place: Place, units: number, unitCost: string, currency: string): Movement {
  return { ...place, type: 'receipt', id: `opening:${place.sku}`, quantity: units, unitCost, currency };
}

/** Keeps two invoices apart whatever they are written with: what an id cannot hold becomes `.` and its UTF-8 in hex. */
function encode(invoice: string): string {
  return invoice.replace(/[^A-Za-z0-9-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `.${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''),
  );
}

function moved(movement: Movement): Outcome {
  return { kind: 'movement', movement };
}

function rejected(problem: string): Outcome {
  return { kind: 'rejected', problem };
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}
