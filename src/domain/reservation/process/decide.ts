import type { Decider, DecisionContext } from '../../decider.js';
import { Rejected } from '../../rejected.js';
import { expiryOf } from '../../stock/decide-hold.js';
import type { Instant } from '../../values/instant.js';
import type { BeginChange, CartCommand, RequestCart, SourceAnew } from './commands.js';
import { attemptKey, type CartEvent } from './events.js';
import { type Cart, type CartState, evolve } from './state.js';

/** The rules of a reservation that spans streams: every step is decided here before, or after, it is taken there. */
export const cartDecider: Decider<CartCommand, CartEvent, CartState> = {
  initial: undefined,
  evolve,
  decide,
  needsHistory: () => false,
  due: () => [],
};

/** No event means: not now, the stream has moved on; look at it again. */
function decide(
  cart: CartState,
  command: CartCommand,
  { now }: DecisionContext<CartEvent>,
): readonly CartEvent[] | Rejected {
  if (command.type === 'request-cart') return request(cart, command, now);
  if (command.type === 'begin-change') return begin(cart, command, now);
  if (cart === undefined) return [];
  switch (command.type) {
    case 'source-anew':
      return isUnderWay(cart, command) ? [{ ...command, type: 'SourcedAnew', occurredAt: now }] : [];
    case 'accept-cart':
      return isPending(cart, command.attempt) ? [{ ...command, type: 'Accepted', occurredAt: now }] : [];
    case 'reject-cart':
      return isPending(cart, command.attempt) ? [{ ...command, type: 'Rejected', occurredAt: now }] : [];
    case 'secure-change':
      return cart.open?.key === command.key ? [{ ...command, type: 'Secured', occurredAt: now }] : [];
    case 'complete-change':
      return cart.open?.key === command.key
        ? [{ type: 'Changed', key: command.key, ...command.result, occurredAt: now }]
        : [];
    case 'refuse-change':
      return cart.open?.key === command.key ? [{ ...command, type: 'ChangeRefused', occurredAt: now }] : [];
    case 'note-released':
      return cart.release?.of === command.of ? [{ ...command, type: 'HoldsReleased', occurredAt: now }] : [];
  }
}

/** A new attempt only after one that nobody finished, and that holds nothing any more. */
function request(cart: CartState, { attempt, request, holds }: RequestCart, now: Instant): readonly CartEvent[] {
  const mayTry =
    cart === undefined
      ? attempt === 0
      : attempt === cart.attempt + 1 && cart.rejection?.reason === 'abandoned' && cart.release === undefined;
  if (!mayTry || cart?.phase === 'accepted') return [];
  const expiresAt = expiryOf(now, request.ttlSeconds);
  return [{ type: 'Requested', attempt, request, expiresAt, holds, occurredAt: now }];
}

function begin(
  cart: CartState,
  { key, change, adopt, version }: BeginChange,
  now: Instant,
): readonly CartEvent[] | Rejected {
  if (version !== undefined && version !== (cart?.version ?? 0)) return [];
  const begun: CartEvent = { type: 'ChangeBegun', key, change, occurredAt: now };
  if (cart === undefined || adopt !== undefined) {
    if (adopt === undefined) return new Rejected('unknown-reservation', 'There is no reservation with this id.');
    if (cart !== undefined && isBusy(cart)) return [];
    return [{ type: 'Adopted', change: key, ...adopt, occurredAt: now }, begun];
  }
  const refusal = stateRefusal(cart, now);
  if (refusal !== undefined) return refusal;
  if (isBusy(cart)) return [];
  if (change.kind === 'extend' && cart.confirmed) {
    return new Rejected('reservation-confirmed', 'A confirmed reservation does not expire.', { state: 'confirmed' });
  }
  return [begun];
}

/** Why nothing may be done to a cart as it is now, whatever is asked. */
export function stateRefusal(cart: Cart, now: Instant): Rejected | undefined {
  if (cart.phase === 'pending') {
    return new Rejected('reservation-pending', 'It is still being decided; try again.', { state: 'pending' });
  }
  const state = endOf(cart, now);
  return state === undefined ? undefined : new Rejected('reservation-ended', `The reservation is ${state}.`, { state });
}

/** How the reservation ended, as far as its own stream knows. */
export function endOf(cart: Cart, now: Instant): 'rejected' | 'cancelled' | 'expired' | undefined {
  if (cart.phase === 'rejected') return 'rejected';
  if (cart.ended !== undefined) return cart.ended;
  return cart.phase === 'accepted' && !cart.confirmed && cart.expiresAt <= now ? 'expired' : undefined;
}

/** Something is under way that has to end before anything else begins. */
export const isBusy = (cart: Cart): boolean => cart.open !== undefined || cart.release !== undefined;

const isPending = (cart: Cart, attempt: number): boolean => cart.phase === 'pending' && cart.attempt === attempt;

const isUnderWay = (cart: Cart, { of, round }: SourceAnew): boolean =>
  round === cart.rounds + 1 &&
  (cart.open === undefined ? isPending(cart, cart.attempt) && of === attemptKey(cart.attempt) : cart.open.key === of);
