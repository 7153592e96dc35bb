import type { Disposition, ExceptionCode } from '../stock/events.js';
import type { ClientId, LocationId, Sku } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';

/** Units of one SKU. */
export interface TransferLine {
  readonly sku: Sku;
  readonly quantity: number;
}

/** Units of one SKU that came, and what may be done with them. */
export interface ReceiptLine extends TransferLine {
  readonly disposition: Disposition;
}

/** What a person should know of goods that left, e.g. that there were not so many. */
export interface LineExceptions {
  readonly sku: Sku;
  readonly exceptions: readonly ExceptionCode[];
}

interface Fact {
  readonly occurredAt: Instant;
}

/** Goods are sent. What it causes in the stock streams follows; `Dispatched` says that it is done. */
export type Requested = Fact & {
  readonly type: 'Requested';
  readonly id: ClientId;
  readonly from: LocationId;
  readonly to: LocationId;
  /** One line a SKU. */
  readonly lines: readonly TransferLine[];
  /** When they are expected; null when nobody knows. */
  readonly dueAt: Instant | null;
};

/** What every end of a step says: the place in the store behind which all its stock events are to be seen. */
type Done = Fact & { readonly stockPosition: bigint };

/** The goods have left the source and are expected at the destination. */
export type Dispatched = Done & { readonly type: 'Dispatched'; readonly remarks: readonly LineExceptions[] };

/** Goods came, or nothing more will come. `Received` says that the stock streams have it, `Closed` that it is over. */
export type ReceiptReported = Fact & {
  readonly type: 'ReceiptReported';
  readonly id: ClientId;
  /** One line a SKU and disposition. */
  readonly lines: readonly ReceiptLine[];
  readonly closes: boolean;
};

/** The goods of a report are in the destination's stock. */
export type Received = Done & { readonly type: 'Received'; readonly receiptId: ClientId };

/** What had not come until then is no longer expected. */
export type Closed = Done & {
  readonly type: 'Closed';
  readonly receiptId: ClientId;
  readonly shortages: readonly TransferLine[];
};

/** Everything that can happen to one transfer. */
export type TransferEvent = Requested | Dispatched | ReceiptReported | Received | Closed;

const TYPES: Readonly<Record<TransferEvent['type'], true>> = {
  Requested: true,
  Dispatched: true,
  ReceiptReported: true,
  Received: true,
  Closed: true,
};

export const isTransferEventType = (type: string): type is TransferEvent['type'] => Object.hasOwn(TYPES, type);
