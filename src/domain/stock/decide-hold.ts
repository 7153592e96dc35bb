import { availableToPromise } from '../availability/promise.js';
import { Rejected } from '../rejected.js';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { CancelHold, ConfirmHold, ExtendHold, FulfilHold, Reserve } from './commands.js';
import { fulfilmentSaleId } from './commands.js';
import { recordMovement } from './decide-movement.js';
import type { Released, StockEvent } from './events.js';
import type { Hold } from './holds.js';
import { hasExpired, holdFact } from './holds.js';
import type { StockState } from './state.js';
import { figuresOf } from './state.js';

type Decision = readonly StockEvent[] | Rejected;

/** Expired holds must have been released from the state: only then its figures are those of now. */
export function reserve(state: StockState, command: Reserve, now: Instant): Decision {
  const { type: _, expiresAt = expiryOf(now, command.ttlSeconds), ...terms } = command;
  if (expiresAt <= now) return new Rejected('reservation-ended', 'The hold would have ended before it began.');
  const available = availableToPromise(figuresOf(state), now, { channel: command.channel, at: command.neededBy });
  if (available < command.quantity) {
    return new Rejected('insufficient', `${command.quantity} requested, ${available} available.`, {
      requested: command.quantity,
      available,
    });
  }
  return [{ type: 'Reserved', ...terms, occurredAt: now, expiresAt }];
}

/** A hold lives to a whole second, never shorter than was asked for. */
export const expiryOf = (now: Instant, ttlSeconds: number): Instant => Math.ceil(now / 1_000 + ttlSeconds) * 1_000;

export const confirmHold = (state: StockState, { reference }: ConfirmHold, now: Instant): Decision =>
  withHold(state, reference, now, (hold) =>
    hold.expiresAt === null ? [] : [{ type: 'Confirmed', ...holdFact(reference, hold, now) }],
  );

export const extendHold = (state: StockState, command: ExtendHold, now: Instant): Decision =>
  withHold(state, command.reference, now, (hold) => {
    if (hold.expiresAt === null) return new Rejected('reservation-confirmed', 'A confirmed hold does not expire.');
    const { id, reference, ttlSeconds } = command;
    const until = Math.max(hold.expiresAt, command.until ?? expiryOf(now, ttlSeconds));
    return [{ type: 'Confirmed', ...holdFact(reference, hold, now), extension: { id, ttlSeconds, until } }];
  });

export const cancelHold = (state: StockState, command: CancelHold, now: Instant): Decision =>
  withHold(state, command.reference, now, (hold) => [
    released(command.reference, hold, now, command.reason ?? 'cancelled'),
  ]);

export const fulfilHold = (state: StockState, command: FulfilHold, now: Instant): Decision =>
  withHold(state, command.reference, now, (hold) => {
    const { reference, reservationId, quantity = hold.quantity } = command;
    if (quantity > hold.quantity) {
      return new Rejected('fulfil-exceeds-hold', `${quantity} to fulfil, ${hold.quantity} held.`, {
        requested: quantity,
        held: hold.quantity,
      });
    }
    const id = fulfilmentSaleId(reference, command.id);
    const movement = { type: 'Sold', id, occurredAt: now, quantity, reservationId } as const;
    return recordMovement(state, { type: 'record-movement', holds: [reference], movement }, { now });
  });

export const released = (reference: ClientId, hold: Hold, now: Instant, reason: Released['reason']): Released => ({
  type: 'Released',
  ...holdFact(reference, hold, now),
  reason,
});

function withHold(state: StockState, reference: ClientId, now: Instant, act: (hold: Hold) => Decision): Decision {
  const hold = state.holds.get(reference);
  if (hold === undefined || hasExpired(hold, now)) return new Rejected('reservation-ended', 'The hold has ended.');
  return act(hold);
}
