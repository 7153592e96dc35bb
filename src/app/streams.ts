import type { Clock } from '../ports/clock.js';
import type { EventStore } from '../ports/event-store.js';
import { StockTransactor, stockStreams } from '../streams/stock-streams.js';
import { TransferTransactor, transferStreams } from '../streams/transfer-streams.js';

/** Consistent access to the streams: one transactor a kind in a process, for callers and projections alike. */
export interface Streams {
  readonly stock: StockTransactor;
  readonly transfers: TransferTransactor;
}

/** @param soleWriter nobody else writes to the store, so that a refusal needs no second look */
export function openStreams(store: EventStore, clock: Clock, soleWriter: boolean): Streams {
  const options = { soleWriter };
  return {
    stock: new StockTransactor(stockStreams, store, clock, options),
    transfers: new TransferTransactor(transferStreams, store, clock, options),
  };
}
