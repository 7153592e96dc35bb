import type { ClientId } from '../values/identifiers.js';
import type { LineExceptions, ReceiptLine, Requested } from './events.js';

/** Sends goods from one location to another. */
export type RequestTransfer = Omit<Requested, 'type' | 'occurredAt'> & { readonly type: 'request-transfer' };

/** Goods came, and perhaps nothing more will. */
export interface ReportReceipt {
  readonly type: 'report-receipt';
  /** The caller's id of this receipt. */
  readonly id: ClientId;
  readonly lines: readonly ReceiptLine[];
  readonly closes: boolean;
}

/** All stock streams have the dispatch, up to this position. */
export interface FinishDispatch {
  readonly type: 'finish-dispatch';
  readonly remarks: readonly LineExceptions[];
  readonly stockPosition: bigint;
}

export interface FinishReceipt {
  readonly type: 'finish-receipt';
  readonly receiptId: ClientId;
  readonly stockPosition: bigint;
}

export interface FinishClosing {
  readonly type: 'finish-closing';
  readonly stockPosition: bigint;
}

export type TransferCommand = RequestTransfer | ReportReceipt | FinishDispatch | FinishReceipt | FinishClosing;

/** The key of the event that shows that a command has been carried out. */
export function commandKey(command: TransferCommand): string {
  switch (command.type) {
    case 'request-transfer':
      return transferKey.requested;
    case 'report-receipt':
      return transferKey.reported(command.id);
    case 'finish-dispatch':
      return transferKey.dispatched;
    case 'finish-receipt':
      return transferKey.received(command.receiptId);
    case 'finish-closing':
      return transferKey.closed;
  }
}

/** Each of these finds one event of a transfer. */
export const transferKey = {
  requested: 'requested',
  dispatched: 'dispatched',
  reported: (receiptId: ClientId): string => `reported:${receiptId}`,
  received: (receiptId: ClientId): string => `received:${receiptId}`,
  closed: 'closed',
};
