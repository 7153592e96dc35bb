import type { Sku } from '../values/identifiers.js';
import type { Dispatched, ReceiptReported, Requested, TransferEvent, TransferLine } from './events.js';

/** One transfer, as far as decisions and answers need it. */
export interface TransferState {
  /** Undefined until the transfer is known. */
  readonly requested: Requested | undefined;
  /** Undefined as long as not all stock streams have the dispatch. */
  readonly dispatched: Dispatched | undefined;
  /** Units of each SKU that came, whether they were sent or not. */
  readonly received: ReadonlyMap<Sku, number>;
  /** Receipts that not all stock streams have yet, oldest first. */
  readonly openReceipts: readonly ReceiptReported[];
  /** Set by the receipt that says that nothing more will come. */
  readonly closing: Closing | undefined;
  /** Where the newest of its stock events is, as far as it is known. */
  readonly stockPosition: bigint;
}

export interface Closing {
  readonly report: ReceiptReported;
  /** What had not come until then. */
  readonly shortages: readonly TransferLine[];
  /** True once the destination no longer expects it. */
  readonly isDone: boolean;
}

export const NO_TRANSFER: TransferState = {
  requested: undefined,
  dispatched: undefined,
  received: new Map(),
  openReceipts: [],
  closing: undefined,
  stockPosition: 0n,
};

export function evolve(state: TransferState, event: TransferEvent): TransferState {
  switch (event.type) {
    case 'Requested':
      return { ...state, requested: event };
    case 'Dispatched':
      return { ...state, dispatched: event, stockPosition: event.stockPosition };
    case 'ReceiptReported':
      return report(state, event);
    case 'Received': {
      const openReceipts = state.openReceipts.filter(({ id }) => id !== event.receiptId);
      return { ...state, openReceipts, stockPosition: later(state, event.stockPosition) };
    }
    case 'Closed':
      return {
        ...state,
        closing: state.closing === undefined ? undefined : { ...state.closing, isDone: true },
        stockPosition: later(state, event.stockPosition),
      };
  }
}

function report(state: TransferState, event: ReceiptReported): TransferState {
  const received = new Map(state.received);
  for (const { sku, quantity } of event.lines) received.set(sku, (received.get(sku) ?? 0) + quantity);
  const openReceipts = event.lines.length === 0 ? state.openReceipts : [...state.openReceipts, event];
  const next: TransferState = { ...state, received, openReceipts };
  if (!event.closes || state.closing !== undefined) return next;
  return { ...next, closing: { report: event, shortages: outstanding(next), isDone: false } };
}

/** What was sent and has not come. */
function outstanding({ requested, received }: TransferState): readonly TransferLine[] {
  return (requested?.lines ?? [])
    .map(({ sku, quantity }) => ({ sku, quantity: quantity - (received.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

const later = ({ stockPosition }: TransferState, position: bigint): bigint =>
  position > stockPosition ? position : stockPosition;
