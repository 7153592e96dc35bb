import type { Decider, DecisionContext } from '../decider.js';
import { Rejected } from '../rejected.js';
import { type TransferCommand, transferKey } from './commands.js';
import type { Requested, TransferEvent } from './events.js';
import { evolve, NO_TRANSFER, type TransferState } from './state.js';

/** A dispatch and a receipt are facts: never refused for what was sent, only when there is no such transfer. */
export const transferDecider: Decider<TransferCommand, TransferEvent, TransferState> = {
  initial: NO_TRANSFER,
  evolve,
  decide,
  needsHistory: () => false,
  due: () => [],
};

function decide(
  state: TransferState,
  command: TransferCommand,
  { now }: DecisionContext<TransferEvent>,
): readonly TransferEvent[] | Rejected {
  if (command.type === 'request-transfer') {
    return state.requested === undefined ? [{ ...command, type: 'Requested', occurredAt: now }] : [];
  }
  if (state.requested === undefined) return new Rejected('unknown-transfer', 'There is no transfer with this id.');
  switch (command.type) {
    case 'report-receipt':
      return [{ ...command, type: 'ReceiptReported', occurredAt: now }];
    case 'finish-dispatch':
    case 'finish-receipt':
    case 'finish-closing':
      return finish(state, state.requested, command);
  }
}

/** The end of a step happened when the step did; a step that is not open needs no end. */
function finish(
  state: TransferState,
  { occurredAt }: Requested,
  command: Exclude<TransferCommand, { type: 'request-transfer' | 'report-receipt' }>,
): readonly TransferEvent[] {
  const { stockPosition } = command;
  switch (command.type) {
    case 'finish-dispatch': {
      if (state.dispatched !== undefined) return [];
      return [{ type: 'Dispatched', occurredAt, remarks: command.remarks, stockPosition }];
    }
    case 'finish-receipt': {
      const report = state.openReceipts.find(({ id }) => id === command.receiptId);
      if (report === undefined) return [];
      return [{ type: 'Received', occurredAt: report.occurredAt, receiptId: report.id, stockPosition }];
    }
    case 'finish-closing': {
      if (state.closing === undefined || state.closing.isDone) return [];
      const { report, shortages } = state.closing;
      return [{ type: 'Closed', occurredAt: report.occurredAt, receiptId: report.id, shortages, stockPosition }];
    }
  }
}

/** The key an event's id derives from. */
export function eventKey(event: TransferEvent): string {
  switch (event.type) {
    case 'Requested':
      return transferKey.requested;
    case 'Dispatched':
      return transferKey.dispatched;
    case 'ReceiptReported':
      return transferKey.reported(event.id);
    case 'Received':
      return transferKey.received(event.receiptId);
    case 'Closed':
      return transferKey.closed;
  }
}
