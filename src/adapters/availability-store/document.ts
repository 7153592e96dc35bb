import type { StockCell } from '../../domain/availability/cell.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { SkuAvailability } from '../../ports/availability-store.js';
import type { Position } from '../../ports/event-store.js';
import { decodeCell, encodeCell, type StoredFields } from './cell-codec.js';

/** Raise it when the text below or the fold behind it changes: models of another version are built anew. */
export const DOCUMENT_VERSION = 2;

/** Characters of a position as text. */
export const POSITION_WIDTH = 16;

/** Fixed width, so that positions compare as text. */
export const encodePosition = (position: Position): string => position.toString(16).padStart(POSITION_WIDTH, '0');
export const decodePosition = (text: string): Position => BigInt(`0x${text}`);

/** One cell: its location, then its fields. */
type StoredCell = [LocationId, ...StoredFields];

/** The document without its SKU, which is its key: the position, then its cells as JSON. */
export function encodeDocument(document: SkuAvailability): string {
  const cells: StoredCell[] = [];
  for (const [location, cell] of document.cells) cells.push([location, ...encodeCell(cell)]);
  return encodePosition(document.position) + JSON.stringify(cells);
}

export function decodeDocument(sku: Sku, text: string): SkuAvailability {
  const cells = new Map<LocationId, StockCell>();
  for (const [location, ...fields] of JSON.parse(text.slice(POSITION_WIDTH)) as StoredCell[]) {
    cells.set(location, decodeCell(fields));
  }
  return { sku, position: decodePosition(text.slice(0, POSITION_WIDTH)), cells };
}
