import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected } from '../../domain/rejected.js';
import type { RequestTransfer } from '../../domain/transfer/commands.js';
import { transferStream } from '../../domain/transfer/ids.js';
import { isSameRequest } from '../../domain/transfer/transfer.js';
import type { Caller } from '../../streams/stream-kind.js';
import { TransferTransactor } from '../../streams/transfer-streams.js';
import { type TransferAnswer, TransferProcess } from './transfer-process.js';

/** A new transfer, or the one that this request has made before. */
export type DispatchAnswer = TransferAnswer & { readonly isNew: boolean };

/** Sends goods to another location: they leave here, and are expected there. */
export class DispatchTransfer extends Command<DispatchAnswer | Rejected> {
  constructor(
    readonly transfer: Omit<RequestTransfer, 'type'>,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(DispatchTransfer)
export class DispatchTransferHandler implements ICommandHandler<DispatchTransfer> {
  constructor(
    @Inject(TransferTransactor) private readonly transfers: TransferTransactor,
    @Inject(TransferProcess) private readonly process: TransferProcess,
  ) {}

  async execute({ transfer, caller }: DispatchTransfer): Promise<DispatchAnswer | Rejected> {
    const { id } = transfer;
    const command: RequestTransfer = { type: 'request-transfer', ...transfer };
    const outcome = await this.transfers.execute(transferStream(id), command, caller);
    if (outcome.status === 'rejected') return outcome.rejection;
    const recorded = outcome.status === 'known' ? outcome.recorded : outcome.events[0];
    if (recorded?.event.type !== 'Requested' || !isSameRequest(transfer, recorded.event)) {
      return new Rejected('id-reused', 'This id stands for another transfer.', { id });
    }
    const answer = await this.process.finish(id, caller);
    if (answer === undefined) throw new Error(`The transfer ${id} is gone.`);
    return { ...answer, isNew: outcome.status === 'done' };
  }
}
