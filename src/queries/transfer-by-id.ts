import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { transferStream } from '../domain/transfer/ids.js';
import { type Transfer, transferOf } from '../domain/transfer/transfer.js';
import type { ClientId } from '../domain/values/identifiers.js';
import type { Position } from '../ports/event-store.js';
import { TransferTransactor } from '../streams/transfer-streams.js';

export interface TransferView {
  readonly transfer: Transfer;
  /** Of the newest stock event that the transfer is known to have caused. */
  readonly position: Position;
}

/** A transfer as it is now, read from its stream; undefined when there is none with this id. */
export class TransferById extends Query<TransferView | undefined> {
  constructor(readonly id: ClientId) {
    super();
  }
}

@QueryHandler(TransferById)
export class TransferByIdHandler implements IQueryHandler<TransferById> {
  constructor(@Inject(TransferTransactor) private readonly transfers: TransferTransactor) {}

  execute({ id }: TransferById): Promise<TransferView | undefined> {
    return this.transfers.read(transferStream(id), ({ state }) => {
      const { requested, stockPosition: position } = state;
      return requested === undefined ? undefined : { transfer: transferOf(requested, state), position };
    });
  }
}
