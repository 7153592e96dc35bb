import type { ClientId, StockKey } from '../values/identifiers.js';
import { isClientId, isLocationId, isSku } from '../values/identifiers.js';

/** Where a single-line reservation lives: its hold in the stream of one SKU at one location. */
export interface HoldAddress {
  readonly key: StockKey;
  readonly reference: ClientId;
}

/** Marks the ids of reservations that live in one stock stream; other kinds get other letters. */
const SINGLE_HOLD = 's';

/** An id tells where its reservation lives, so that any instance finds it without a look-up. Opaque to callers. */
export const reservationId = ({ key, reference }: HoldAddress): string =>
  SINGLE_HOLD + Buffer.from(`${key.sku}@${key.location}@${reference}`).toString('base64url');

/** Undefined for anything that {@link reservationId} did not make. */
export function holdAddressOf(id: string): HoldAddress | undefined {
  if (!id.startsWith(SINGLE_HOLD)) return undefined;
  const [sku, location, reference, ...rest] = Buffer.from(id.slice(1), 'base64url').toString('latin1').split('@');
  if (!isSku(sku) || !isLocationId(location) || !isClientId(reference) || rest.length > 0) return undefined;
  const address = { key: { sku, location }, reference };
  // Base64 has several spellings of the same bytes; only the one given out counts.
  return reservationId(address) === id ? address : undefined;
}
