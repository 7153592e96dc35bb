import { decodeStockEvent, encodeStockEvent, STOCK_SCHEMA_VERSION } from '../domain/stock/codec.js';
import type { StockCommand } from '../domain/stock/commands.js';
import { commandKey } from '../domain/stock/commands.js';
import { stockDecider } from '../domain/stock/decider.js';
import { eventKey } from '../domain/stock/event-keys.js';
import type { StockEvent } from '../domain/stock/events.js';
import type { StockState } from '../domain/stock/state.js';
import type { StreamKind } from './stream-kind.js';
import { Transactor } from './transactor.js';

export const stockStreams: StreamKind<StockCommand, StockEvent, StockState> = {
  decider: stockDecider,
  schemaVersion: STOCK_SCHEMA_VERSION,
  commandKey,
  commandId,
  eventKey,
  encode: encodeStockEvent,
  decode: decodeStockEvent,
};

function commandId(command: StockCommand): string {
  switch (command.type) {
    case 'record-movement':
      return command.movement.id;
    case 'fulfil-hold':
    case 'extend-hold':
      return command.id;
    case 'expect-supply':
    case 'cancel-supply':
    case 'set-policy':
      return command.changeId;
    case 'reserve':
    case 'confirm-hold':
    case 'cancel-hold':
      return command.reference;
  }
}

/** All commands on stock streams go through here. */
export class StockTransactor extends Transactor<StockCommand, StockEvent, StockState> {}
