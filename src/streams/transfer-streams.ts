import { decodeTransferEvent, encodeTransferEvent, TRANSFER_SCHEMA_VERSION } from '../domain/transfer/codec.js';
import { commandKey, type TransferCommand } from '../domain/transfer/commands.js';
import { eventKey, transferDecider } from '../domain/transfer/decider.js';
import type { TransferEvent } from '../domain/transfer/events.js';
import type { TransferState } from '../domain/transfer/state.js';
import type { StreamKind } from './stream-kind.js';
import { Transactor } from './transactor.js';

export const transferStreams: StreamKind<TransferCommand, TransferEvent, TransferState> = {
  decider: transferDecider,
  schemaVersion: TRANSFER_SCHEMA_VERSION,
  commandKey,
  commandId,
  eventKey,
  encode: encodeTransferEvent,
  decode: decodeTransferEvent,
};

/** The end of a step has no name but that of the step. */
function commandId(command: TransferCommand): string {
  return 'id' in command ? command.id : commandKey(command);
}

/** All commands on the streams of transfers go through here. */
export class TransferTransactor extends Transactor<TransferCommand, TransferEvent, TransferState> {}
