import type { ClientId, StockKey } from '../values/identifiers.js';
import { isClientId, isLocationId, isSku } from '../values/identifiers.js';

/** Where a single-line reservation lives: its hold in the stream of one SKU at one location. */
export interface HoldAddress {
  readonly key: StockKey;
  readonly reference: ClientId;
}

/**
 * Names the stream of a reservation that does not live in one stock stream: the caller's reference, or
 * `<sku>@<location>@<reference>` for one that did until it was moved.
 */
export type CartKey = string & { readonly brand: 'CartKey' };

/** Where to look for a reservation. */
export type ReservationAddress =
  | { readonly kind: 'hold'; readonly hold: HoldAddress }
  | { readonly kind: 'cart'; readonly cart: CartKey };

/** First letters of the two kinds of id. */
const HOLD = 's';
const CART = 'm';

/** An id tells where its reservation lives, so that any instance finds it without a look-up. Opaque to callers. */
export const reservationId = (address: HoldAddress): string => encoded(HOLD, holdText(address));

/** The same for a reservation with a stream of its own; one that has been moved keeps the id it had. */
export const cartId = (cart: CartKey): string => encoded(cart.includes('@') ? HOLD : CART, cart);

export const cartKeyOf = (reference: ClientId): CartKey => reference as string as CartKey;
export const movedKeyOf = (address: HoldAddress): CartKey => holdText(address) as CartKey;
export const cartStream = (cart: CartKey): string => `${CART_STREAM_PREFIX}${cart}`;
export const CART_STREAM_PREFIX = 'reservation-';

/** The reservation that such a stream is about. */
export const cartOfStream = (stream: string): CartKey => stream.slice(CART_STREAM_PREFIX.length) as CartKey;

/** What a hold of a cart is called in its stock stream; no client can make the same, `/` is not theirs. */
export const holdReference = (cart: CartKey, number: number): ClientId => `${cart}/${number}` as ClientId;

/** A reservation as its caller knows it. */
export interface ReservationName {
  readonly reference: ClientId;
  readonly reservationId: string;
}

/** The reservation that a hold of a stock stream belongs to, of one stream or of several. */
export function reservationOfHold(key: StockKey, hold: ClientId): ReservationName {
  const slash = hold.lastIndexOf('/');
  if (slash === -1) return { reference: hold, reservationId: reservationId({ key, reference: hold }) };
  const cart = hold.slice(0, slash) as CartKey;
  return { reference: cart.slice(cart.lastIndexOf('@') + 1) as ClientId, reservationId: cartId(cart) };
}

/** The same of many holds, each reservation once, in the order of its first hold. */
export function reservationsOfHolds(key: StockKey, holds: readonly ClientId[]): readonly ReservationName[] {
  const named = holds.map((hold) => reservationOfHold(key, hold));
  return [...new Map(named.map((one) => [one.reservationId, one])).values()];
}

/** Undefined for anything that {@link reservationId} or {@link cartId} did not make. */
export function addressOf(id: string): ReservationAddress | undefined {
  const text = Buffer.from(id.slice(1), 'base64url').toString('latin1');
  // Base64 has several spellings of the same bytes; only the one given out counts.
  if (encoded(id.slice(0, 1), text) !== id) return undefined;
  if (id.startsWith(CART)) return isClientId(text) ? { kind: 'cart', cart: cartKeyOf(text) } : undefined;
  const [sku, location, reference, ...rest] = text.split('@');
  if (!id.startsWith(HOLD) || !isSku(sku) || !isLocationId(location) || !isClientId(reference) || rest.length > 0) {
    return undefined;
  }
  return { kind: 'hold', hold: { key: { sku, location }, reference } };
}

const holdText = ({ key, reference }: HoldAddress): string => `${key.sku}@${key.location}@${reference}`;
const encoded = (kind: string, text: string): string => kind + Buffer.from(text).toString('base64url');

/** Where a single-line reservation was made; undefined for other ids. */
export function holdAddressOf(id: string): HoldAddress | undefined {
  const address = addressOf(id);
  return address?.kind === 'hold' ? address.hold : undefined;
}
