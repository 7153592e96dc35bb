import { decodeTransferEvent } from '../../domain/transfer/codec.js';
import { transferKey } from '../../domain/transfer/commands.js';
import { eventKey } from '../../domain/transfer/decider.js';
import type { TransferEvent } from '../../domain/transfer/events.js';
import { transferIdOf } from '../../domain/transfer/ids.js';
import type { ClientId } from '../../domain/values/identifiers.js';
import type { Caller } from '../../streams/stream-kind.js';
import type { RecoverableProcess } from './recovery-projection.js';

/** Does all that stands open in a transfer; harmless when somebody else does so too. */
export type FinishTransfer = (id: ClientId, caller: Caller) => Promise<unknown>;

export const transferRecovery = (finish: FinishTransfer): RecoverableProcess<TransferEvent> => ({
  name: 'transfer',
  streamPrefix: 'transfer-',
  decode: decodeTransferEvent,
  eventKey,
  endsAwaited,
  finish: (stream, _, caller) => finish(transferIdOf(stream), caller),
});

function endsAwaited(event: TransferEvent): readonly string[] {
  switch (event.type) {
    case 'Requested':
      return [transferKey.dispatched];
    case 'ReceiptReported':
      return [
        ...(event.lines.length === 0 ? [] : [transferKey.received(event.id)]),
        ...(event.closes ? [transferKey.closed] : []),
      ];
    case 'Dispatched':
    case 'Received':
    case 'Closed':
      return [];
  }
}
