/** A stock keeping unit as the caller spells it: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. */
export type Sku = string & { readonly brand: 'Sku' };

/** A store, warehouse or other place that holds stock: `[A-Za-z0-9][A-Za-z0-9_-]{0,31}`. */
export type LocationId = string & { readonly brand: 'LocationId' };

/** An id or reference made by a client, its idempotency key: 1 to 64 of `[A-Za-z0-9._:-]`. */
export type ClientId = string & { readonly brand: 'ClientId' };

/** One SKU at one location: the unit of consistency. */
export interface StockKey {
  readonly sku: Sku;
  readonly location: LocationId;
}

const SKU = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LOCATION = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const CLIENT_ID = /^[A-Za-z0-9._:-]{1,64}$/;

export const isSku = (value: unknown): value is Sku => typeof value === 'string' && SKU.test(value);
export const isLocationId = (value: unknown): value is LocationId => typeof value === 'string' && LOCATION.test(value);
export const isClientId = (value: unknown): value is ClientId => typeof value === 'string' && CLIENT_ID.test(value);

const STOCK_STREAM_PREFIX = 'stock-';
/** All streams of stock, as a filter. */
export const STOCK_STREAMS: readonly string[] = [STOCK_STREAM_PREFIX];
const VALUATION_STREAM_PREFIX = 'valuation-';

export const stockStream = ({ sku, location }: StockKey): string => `${STOCK_STREAM_PREFIX}${sku}@${location}`;
export const valuationStream = ({ sku, location }: StockKey): string => `${VALUATION_STREAM_PREFIX}${sku}@${location}`;

/** The SKU and location a stock or valuation stream is about. Neither may contain the `@` that parts them. */
export function stockKeyOf(stream: string): StockKey {
  const start = stream.indexOf('-') + 1;
  const at = stream.lastIndexOf('@');
  const sku = stream.slice(start, at);
  const location = stream.slice(at + 1);
  if (!isSku(sku) || !isLocationId(location)) throw new Error(`Not a SKU/location stream: ${stream}`);
  return { sku, location };
}
