import { decodeCartEvent } from '../../domain/reservation/process/codec.js';
import { attemptKey, type CartEvent, cartKey, eventKey } from '../../domain/reservation/process/events.js';
import { CART_STREAM_PREFIX, type CartKey, cartOfStream } from '../../domain/reservation/reservation-id.js';
import type { Caller } from '../../streams/stream-kind.js';
import type { RecoverableProcess } from './recovery-projection.js';

/** Ends a step that stands open, named by the event that will end it; harmless when somebody else does so too. */
export type FinishReservation = (cart: CartKey, step: string, caller: Caller) => Promise<void>;

/** Reservations over several streams. */
export const reservationRecovery = (finish: FinishReservation): RecoverableProcess<CartEvent> => ({
  name: 'reservation',
  streamPrefix: CART_STREAM_PREFIX,
  decode: decodeCartEvent,
  eventKey,
  endsAwaited,
  finish: (stream, end, caller) => finish(cartOfStream(stream), end, caller),
});

function endsAwaited(event: CartEvent): readonly string[] {
  switch (event.type) {
    case 'Requested':
      return [cartKey.decided(event.attempt)];
    case 'Rejected':
      return event.release.length === 0 ? [] : [cartKey.released(attemptKey(event.attempt))];
    case 'ChangeBegun':
      return [cartKey.settled(event.key)];
    case 'ChangeRefused':
      return event.release.length === 0 ? [] : [cartKey.released(event.key)];
    case 'SourcedAnew':
    case 'Accepted':
    case 'Adopted':
    case 'Secured':
    case 'Changed':
    case 'HoldsReleased':
      return [];
  }
}
