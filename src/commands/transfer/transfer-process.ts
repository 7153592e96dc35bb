import { Inject, Injectable } from '@nestjs/common';
import type { StockCommand } from '../../domain/stock/commands.js';
import type { StockEvent } from '../../domain/stock/events.js';
import { isMovement } from '../../domain/stock/events.js';
import { transferSupplyId } from '../../domain/stock/state.js';
import type { TransferCommand } from '../../domain/transfer/commands.js';
import type { LineExceptions, ReceiptReported, Requested, TransferLine } from '../../domain/transfer/events.js';
import {
  arrivalMovementId,
  closeChangeId,
  dispatchMovementId,
  expectChangeId,
  transferStream,
} from '../../domain/transfer/ids.js';
import { nextStep, type TransferStep } from '../../domain/transfer/steps.js';
import { type Transfer, transferOf } from '../../domain/transfer/transfer.js';
import type { ClientId, LocationId, Sku } from '../../domain/values/identifiers.js';
import { stockStream } from '../../domain/values/identifiers.js';
import { type Position, START } from '../../ports/event-store.js';
import { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller, Outcome } from '../../streams/stream-kind.js';
import { TransferTransactor } from '../../streams/transfer-streams.js';

/** A transfer, and the position of the newest stock event that it has caused. */
export interface TransferAnswer {
  readonly transfer: Transfer;
  readonly position: Position;
}

/**
 * Carries transfers through the stock streams. Every step is written down before it begins and after it ended, and
 * everything that it does has an id that comes from the transfer: whoever finds a step open does it again, to the end.
 */
@Injectable()
export class TransferProcess {
  constructor(
    @Inject(TransferTransactor) private readonly transfers: TransferTransactor,
    @Inject(StockTransactor) private readonly stock: StockTransactor,
  ) {}

  /** Does all that stands open and answers with the transfer as it is then; undefined when there is none. */
  async finish(id: ClientId, caller: Caller): Promise<TransferAnswer | undefined> {
    while (true) {
      const state = await this.transfers.read(transferStream(id), (stream) => stream.state);
      if (state.requested === undefined) return undefined;
      const step = nextStep(state);
      if (step === undefined) {
        return { transfer: transferOf(state.requested, state), position: state.stockPosition };
      }
      await this.transfers.execute(transferStream(id), await this.take(step, caller), caller);
    }
  }

  /** Takes a step in the stock streams; the command that comes back says that it is done. */
  private async take(step: TransferStep, caller: Caller): Promise<TransferCommand> {
    switch (step.kind) {
      case 'dispatch':
        return this.dispatch(step.requested, caller);
      case 'receive':
        return this.receive(step.requested, step.report, caller);
      case 'close':
        return this.close(step.requested, step.shortages, caller);
    }
  }

  private async dispatch(requested: Requested, caller: Caller): Promise<TransferCommand> {
    const { id, from, to, lines, dueAt, occurredAt } = requested;
    const sent = lines.map(({ sku, quantity }) => {
      const movement = { id: dispatchMovementId(id), occurredAt, quantity, transferId: id, to };
      return this.atStock(
        sku,
        from,
        { type: 'record-movement', movement: { type: 'Dispatched', ...movement } },
        caller,
      );
    });
    const expected = lines.map(({ sku, quantity }) => {
      const supply = { supplyId: transferSupplyId(id), quantity, dueAt };
      return this.atStock(sku, to, { type: 'expect-supply', changeId: expectChangeId(id), ...supply }, caller);
    });
    const outcomes = await Promise.all([...sent, ...expected]);
    return { type: 'finish-dispatch', remarks: remarksOf(lines, outcomes), stockPosition: newest(outcomes) };
  }

  private async receive(requested: Requested, report: ReceiptReported, caller: Caller): Promise<TransferCommand> {
    const { id, from, to } = requested;
    const { id: receiptId, occurredAt } = report;
    const outcomes = await Promise.all(
      report.lines.map(({ sku, quantity, disposition }) => {
        const movement = { id: arrivalMovementId(id, receiptId, disposition), occurredAt, quantity, disposition };
        const arrived = { type: 'Arrived', ...movement, transferId: id, from } as const;
        return this.atStock(sku, to, { type: 'record-movement', movement: arrived }, caller);
      }),
    );
    return { type: 'finish-receipt', receiptId, stockPosition: newest(outcomes) };
  }

  private async close({ id, to }: Requested, shortages: readonly TransferLine[], caller: Caller) {
    const cancel = { type: 'cancel-supply', changeId: closeChangeId(id), supplyId: transferSupplyId(id) } as const;
    const outcomes = await Promise.all(shortages.map(({ sku }) => this.atStock(sku, to, cancel, caller)));
    return { type: 'finish-closing', stockPosition: newest(outcomes) } as const;
  }

  private async atStock(sku: Sku, location: LocationId, command: StockCommand, caller: Caller): Promise<Done> {
    const outcome = await this.stock.execute(stockStream({ sku, location }), command, caller);
    if (outcome.status !== 'rejected') return outcome;
    throw new Error(`A step of a transfer was refused: ${outcome.rejection.detail}`);
  }
}

type Done = Exclude<Outcome<StockEvent>, { status: 'rejected' }>;

const positionOf = (outcome: Done): Position =>
  outcome.status === 'known' ? outcome.recorded.position : outcome.position;

const newest = (outcomes: readonly Done[]): Position =>
  outcomes.map(positionOf).reduce((latest, position) => (position > latest ? position : latest), START);

/** What the source's stock streams remarked on the lines; the outcomes begin with theirs. */
function remarksOf(lines: readonly TransferLine[], outcomes: readonly Done[]): readonly LineExceptions[] {
  return lines.flatMap(({ sku }, index) => {
    const outcome = outcomes[index];
    const recorded = outcome?.status === 'known' ? [outcome.recorded] : (outcome?.events ?? []);
    const exceptions = recorded.flatMap(({ event }) => (isMovement(event) ? (event.exceptions ?? []) : []));
    return exceptions.length === 0 ? [] : [{ sku, exceptions }];
  });
}
