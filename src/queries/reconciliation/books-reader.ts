import { deliveryStreamsOf, partitionNamedBy } from '../../domain/delivery/partitions.js';
import { decodeValued, VALUED } from '../../domain/valuation/codec.js';
import { stockKeyOf, stockStream } from '../../domain/values/identifiers.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import type { DeliveriesCheck } from './deliveries-check.js';
import type { StockCheck } from './stock-check.js';

const STOCK = 'stock-';
const VALUATION = 'valuation-';

/**
 * Reads stock, valuations and the deliveries of connectors, by their names, in the order of the store: what is valued
 * stands before what is delivered of it. @returns where the store ended when this began: everything up to there was read
 */
export async function readBooks(
  store: EventStore,
  stock: StockCheck | undefined,
  deliveries: ReadonlyMap<string, DeliveriesCheck>,
): Promise<Position> {
  const streamPrefixes = [
    ...(stock === undefined ? [] : [STOCK]),
    VALUATION,
    ...[...deliveries.keys()].map(deliveryStreamsOf),
  ];
  const head = await store.head(streamPrefixes);
  for await (const recorded of store.readAll({ streamPrefixes })) {
    const { stream } = recorded;
    if (recorded.position > head) break;
    if (stream.startsWith(STOCK)) stock?.takeStock(recorded);
    else if (!stream.startsWith(VALUATION)) deliveries.get(partitionNamedBy(stream).connector)?.takeDelivery(recorded);
    else if (recorded.type === VALUED) {
      const key = stockKeyOf(stream);
      const valued = decodeValued(recorded.data);
      stock?.takeValued(key, stockStream(key), valued);
      const postings = valued.postings.map((posting) => ({ ...key, ...posting, source: valued.source }));
      for (const check of deliveries.values()) for (const posting of postings) check.takePosting(posting);
    }
  }
  return head;
}
