import { CART_SCHEMA_VERSION, decodeCartEvent, encodeCartEvent } from '../domain/reservation/process/codec.js';
import { type CartCommand, commandKey } from '../domain/reservation/process/commands.js';
import { cartDecider } from '../domain/reservation/process/decide.js';
import { type CartEvent, eventKey } from '../domain/reservation/process/events.js';
import type { CartState } from '../domain/reservation/process/state.js';
import type { StreamKind } from './stream-kind.js';
import { Transactor } from './transactor.js';

export const reservationStreams: StreamKind<CartCommand, CartEvent, CartState> = {
  decider: cartDecider,
  schemaVersion: CART_SCHEMA_VERSION,
  commandKey,
  commandId: commandKey,
  eventKey,
  encode: encodeCartEvent,
  decode: decodeCartEvent,
};

/** All commands on the streams of reservations that span stock streams go through here. */
export class ReservationTransactor extends Transactor<CartCommand, CartEvent, CartState> {}
