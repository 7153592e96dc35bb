import type { StockCell } from '../../domain/availability/cell.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { SkuAvailability } from '../../ports/availability-store.js';
import type { Position } from '../../ports/event-store.js';
import { decodeCell, encodeCell, type StoredFields } from './cell-codec.js';

/** Raise it when the text below or the fold behind it changes: models of another version are built anew. */
export const DOCUMENT_VERSION = 2;

/** Characters of a position as text, at most. */
export const MAX_POSITION_LENGTH = 21;

/**
 * A letter for the number of digits, then the digits: positions compare as text, in whatever locale, and short ones
 * stay short.
 */
export function encodePosition(position: Position): string {
  const digits = position.toString();
  return String.fromCharCode(96 + digits.length) + digits;
}
export const decodePosition = (text: string): Position => BigInt(text.slice(1));

/**
 * The document without its SKU, which is its key: the position, then the cells as the inside of one JSON list, in
 * which a text begins a cell.
 */
export function encodeDocument({ position, cells }: SkuAvailability): string {
  const list: (LocationId | StoredFields[number])[] = [];
  for (const [location, cell] of cells) list.push(location, ...encodeCell(cell));
  return encodePosition(position) + JSON.stringify(list).slice(1, -1);
}

export function decodeDocument(sku: Sku, text: string): SkuAvailability {
  const start = text.indexOf('"');
  const end = start === -1 ? text.length : start;
  const list = JSON.parse(`[${text.slice(end)}]`) as (LocationId | StoredFields[number])[];
  const cells = new Map<LocationId, StockCell>();
  for (let index = 0; index < list.length; ) {
    const location = list[index] as LocationId;
    let next = index + 1;
    while (next < list.length && typeof list[next] !== 'string') next += 1;
    cells.set(location, decodeCell(list.slice(index + 1, next) as StoredFields));
    index = next;
  }
  return { sku, position: decodePosition(text.slice(0, end)), cells };
}
