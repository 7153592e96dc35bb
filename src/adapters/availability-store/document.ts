import type { StockCell } from '../../domain/availability/cell.js';
import { NO_CELL } from '../../domain/availability/cell.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { SkuAvailability } from '../../ports/availability-store.js';
import type { Position } from '../../ports/event-store.js';

/** Raise it when the text below or the fold behind it changes: models of another version are built anew. */
export const DOCUMENT_VERSION = 1;

/** Characters of a position as text. */
export const POSITION_WIDTH = 16;

/** Fixed width, so that positions compare as text. */
export const encodePosition = (position: Position): string => position.toString(16).padStart(POSITION_WIDTH, '0');
export const decodePosition = (text: string): Position => BigInt(`0x${text}`);

/**
 * One cell: location, revision, sellable, firmly held, quarantine, damaged, then an expiry in seconds and the units
 * held until then, as often as needed. Zeros at the end are left out, which is most of them.
 */
type StoredCell = [LocationId, ...number[]];

/** The document without its SKU, which is its key: the position, then its cells as JSON. */
export function encodeDocument(document: SkuAvailability): string {
  const cells: StoredCell[] = [];
  for (const [location, cell] of document.cells) cells.push([location, ...encodeCell(cell)]);
  return encodePosition(document.position) + JSON.stringify(cells);
}

export function decodeDocument(sku: Sku, text: string): SkuAvailability {
  const cells = new Map<LocationId, StockCell>();
  for (const [location, ...numbers] of JSON.parse(text.slice(POSITION_WIDTH)) as StoredCell[]) {
    cells.set(location, decodeCell(numbers));
  }
  return { sku, position: decodePosition(text.slice(0, POSITION_WIDTH)), cells };
}

function encodeCell({ revision, onHand, heldFirmly, heldUntil }: StockCell): number[] {
  const numbers = [revision, onHand.sellable, heldFirmly, onHand.quarantine, onHand.damaged];
  for (const [expiresAt, units] of heldUntil) numbers.push(expiresAt / 1_000, units);
  while (numbers.at(-1) === 0) numbers.pop();
  return numbers;
}

function decodeCell(numbers: readonly number[]): StockCell {
  const [revision = 0, sellable = 0, heldFirmly = 0, quarantine = 0, damaged = 0, ...holds] = numbers;
  return { revision, onHand: { sellable, quarantine, damaged }, heldFirmly, heldUntil: decodeHolds(holds) };
}

function decodeHolds(holds: readonly number[]): ReadonlyMap<Instant, number> {
  // Most cells have none, and an empty map weighs as much as all the rest of one.
  if (holds.length === 0) return NO_CELL.heldUntil;
  const heldUntil = new Map<Instant, number>();
  for (let index = 0; index < holds.length; index += 2) {
    heldUntil.set(Math.round((holds[index] ?? 0) * 1_000), holds[index + 1] ?? 0);
  }
  return heldUntil;
}
