import { FulfilmentTransactor, fulfilmentStreams } from '../streams/fulfilment-streams.js';
import { ReservationReader } from '../streams/reservation-reader.js';
import { ReservationTransactor, reservationStreams } from '../streams/reservation-streams.js';
import { StockTransactor, stockStreams } from '../streams/stock-streams.js';
import { TransferTransactor, transferStreams } from '../streams/transfer-streams.js';
import type { Config } from './config.js';
import type { Parts } from './parts.js';

/** Consistent access to each kind of stream: one transactor a kind in a process, for callers and projections alike. */
export interface Streams {
  readonly stock: StockTransactor;
  readonly reservations: ReservationTransactor;
  readonly reader: ReservationReader;
  readonly fulfilment: FulfilmentTransactor;
  readonly transfers: TransferTransactor;
}

/** Some 15,000 carts: what one holds in memory is far more than its ids. */
const CART_IDS = 500_000;

export function openStreams(config: Config, { store, clock }: Parts): Streams {
  // Nobody else writes to the embedded node's folder, so that a refusal needs no second look.
  const options = { soleWriter: config.eventStoreUrl === undefined };
  const stock = new StockTransactor(stockStreams, store, clock, options);
  const reservations = new ReservationTransactor(reservationStreams, store, clock, {
    ...options,
    maxCachedIds: CART_IDS,
  });
  return {
    stock,
    reservations,
    reader: new ReservationReader(stock, reservations, clock),
    fulfilment: new FulfilmentTransactor(fulfilmentStreams, store, clock, options),
    transfers: new TransferTransactor(transferStreams, store, clock, options),
  };
}
