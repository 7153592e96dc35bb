import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected } from '../../domain/rejected.js';
import type { ReportReceipt } from '../../domain/transfer/commands.js';
import type { TransferEvent } from '../../domain/transfer/events.js';
import { transferStream } from '../../domain/transfer/ids.js';
import { sameLines } from '../../domain/transfer/transfer.js';
import type { ClientId } from '../../domain/values/identifiers.js';
import type { Caller } from '../../streams/stream-kind.js';
import { TransferTransactor } from '../../streams/transfer-streams.js';
import { type TransferAnswer, TransferProcess } from './transfer-process.js';

/** Goods of a transfer came, whether they were sent or not, and perhaps nothing more will come. */
export class ReceiveTransfer extends Command<TransferAnswer | Rejected> {
  constructor(
    readonly transferId: ClientId,
    readonly receipt: Omit<ReportReceipt, 'type'>,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(ReceiveTransfer)
export class ReceiveTransferHandler implements ICommandHandler<ReceiveTransfer> {
  constructor(
    @Inject(TransferTransactor) private readonly transfers: TransferTransactor,
    @Inject(TransferProcess) private readonly process: TransferProcess,
  ) {}

  async execute({ transferId, receipt, caller }: ReceiveTransfer): Promise<TransferAnswer | Rejected> {
    const command: ReportReceipt = { type: 'report-receipt', ...receipt };
    const outcome = await this.transfers.execute(transferStream(transferId), command, caller);
    if (outcome.status === 'rejected') return outcome.rejection;
    if (outcome.status === 'known' && !isSameReceipt(command, outcome.recorded.event)) {
      return new Rejected('id-reused', 'This id stands for another receipt of this transfer.', { id: receipt.id });
    }
    const answer = await this.process.finish(transferId, caller);
    return answer ?? new Rejected('unknown-transfer', 'There is no transfer with this id.', { id: transferId });
  }
}

const isSameReceipt = (command: ReportReceipt, recorded: TransferEvent): boolean =>
  recorded.type === 'ReceiptReported' && recorded.closes === command.closes && sameLines(command.lines, recorded.lines);
