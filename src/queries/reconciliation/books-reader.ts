import { decodeValued, VALUED } from '../../domain/valuation/codec.js';
import { stockKeyOf, stockStream } from '../../domain/values/identifiers.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import type { DeliveriesCheck } from './deliveries-check.js';
import type { StockCheck } from './stock-check.js';

const STOCK = 'stock-';
const VALUATION = 'valuation-';

/** What reading the streams once tells. */
export interface Books {
  /** Everything up to here was read. */
  readonly position: Position;
}

/**
 * Reads stock, valuations and the deliveries of one connector in the order of the store, up to where it ends when this
 * begins: what is valued stands before what is delivered of it.
 */
export async function readBooks(
  store: EventStore,
  stock: StockCheck | undefined,
  deliveries: { readonly connector: string; readonly check: DeliveriesCheck } | undefined,
): Promise<Books> {
  const deliveryPrefix = deliveries === undefined ? undefined : `delivery-${deliveries.connector}-`;
  const streamPrefixes = [
    ...(stock === undefined ? [] : [STOCK]),
    VALUATION,
    ...(deliveryPrefix === undefined ? [] : [deliveryPrefix]),
  ];
  const head = await store.head(streamPrefixes);
  for await (const recorded of store.readAll({ streamPrefixes })) {
    if (recorded.position > head) break;
    if (recorded.stream.startsWith(STOCK)) stock?.takeStock(recorded);
    else if (!recorded.stream.startsWith(VALUATION)) deliveries?.check.takeDelivery(recorded);
    else if (recorded.type === VALUED) {
      const key = stockKeyOf(recorded.stream);
      const valued = decodeValued(recorded.data);
      stock?.takeValued(key, stockStream(key), valued);
      for (const posting of valued.postings)
        deliveries?.check.takePosting({ ...key, ...posting, source: valued.source });
    }
  }
  return { position: head };
}
