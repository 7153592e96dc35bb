import { DispatchTransfer, DispatchTransferHandler } from '../../src/commands/transfer/dispatch-transfer.js';
import { ReceiveTransfer, ReceiveTransferHandler } from '../../src/commands/transfer/receive-transfer.js';
import { TransferProcess } from '../../src/commands/transfer/transfer-process.js';
import { Rejected } from '../../src/domain/rejected.js';
import type { ReportedMovement } from '../../src/domain/stock/commands.js';
import type { Disposition } from '../../src/domain/stock/events.js';
import type { StockState } from '../../src/domain/stock/state.js';
import type { Transfer } from '../../src/domain/transfer/transfer.js';
import type { ClientId, LocationId, Sku, StockKey } from '../../src/domain/values/identifiers.js';
import { stockStream } from '../../src/domain/values/identifiers.js';
import type { Instant } from '../../src/domain/values/instant.js';
import type { Clock } from '../../src/ports/clock.js';
import type { EventStore } from '../../src/ports/event-store.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import { TransferTransactor, transferStreams } from '../../src/streams/transfer-streams.js';

const CALLER = { actor: 'store', correlationId: 'trial' };

/** Where transfers are sent and received: one process on a store, without HTTP. */
export class TransferDesk {
  readonly stock: StockTransactor;
  readonly process: TransferProcess;
  private readonly dispatching: DispatchTransferHandler;
  private readonly receiving: ReceiveTransferHandler;

  constructor(store: EventStore, clock: Clock) {
    const options = { soleWriter: false };
    this.stock = new StockTransactor(stockStreams, store, clock, options);
    const transfers = new TransferTransactor(transferStreams, store, clock, options);
    this.process = new TransferProcess(transfers, this.stock);
    this.dispatching = new DispatchTransferHandler(transfers, this.process);
    this.receiving = new ReceiveTransferHandler(transfers, this.process);
  }

  /** @param lines units by SKU */
  async dispatch(
    id: string,
    from: string,
    to: string,
    lines: Readonly<Record<string, number>>,
    dueAt: Instant | null = null,
  ): Promise<Transfer> {
    const sent = Object.entries(lines).map(([sku, quantity]) => ({ sku: sku as Sku, quantity }));
    const ends = { from: from as LocationId, to: to as LocationId };
    const transfer = { id: id as ClientId, ...ends, lines: sent, dueAt };
    const answer = await this.dispatching.execute(new DispatchTransfer(transfer, CALLER));
    if (answer instanceof Rejected) throw new Error(answer.detail);
    return answer.transfer;
  }

  async receive(
    id: string,
    receiptId: string,
    lines: Readonly<Record<string, number>>,
    { closes = false, disposition = 'sellable' as Disposition } = {},
  ): Promise<Transfer> {
    const came = Object.entries(lines).map(([sku, quantity]) => ({ sku: sku as Sku, quantity, disposition }));
    const receipt = { id: receiptId as ClientId, lines: came, closes };
    const answer = await this.receiving.execute(new ReceiveTransfer(id as ClientId, receipt, CALLER));
    if (answer instanceof Rejected) throw new Error(answer.detail);
    return answer.transfer;
  }

  async record(key: StockKey, movement: ReportedMovement): Promise<void> {
    await this.stock.execute(stockStream(key), { type: 'record-movement', movement }, CALLER);
  }

  stateOf(key: StockKey): Promise<StockState> {
    return this.stock.read(stockStream(key), ({ state }) => state);
  }
}
