import { Map as PersistentMap } from 'immutable';
import type { LocationId } from '../../values/identifiers.js';
import type { Instant } from '../../values/instant.js';
import type { CartChange, CartEvent, CartHold, Changed, Refusal, Rejected, Shortfall } from './events.js';
import { attemptKey } from './events.js';
import type { CartRequest } from './request.js';

/** A change between its intent and its outcome. */
export interface OpenChange {
  readonly key: string;
  readonly change: CartChange;
  readonly begunAt: Instant;
  /** The new holds of a relocation, once all are there. */
  readonly secured?: readonly CartHold[];
}

/** A reservation that has been asked for: the fold of its stream. */
export interface Cart {
  readonly request: CartRequest;
  /** When it was asked for first. */
  readonly madeAt: Instant;
  readonly phase: 'pending' | 'rejected' | 'accepted';
  readonly attempt: number;
  /** When the present attempt began. */
  readonly attemptedAt: Instant;
  readonly expiresAt: Instant;
  readonly confirmed: boolean;
  readonly ended: 'cancelled' | 'expired' | undefined;
  readonly holds: readonly CartHold[];
  readonly missing: readonly Shortfall[];
  /** All holds that were tried for what is pending or open. */
  readonly tried: readonly CartHold[];
  /** How often that was sourced anew. */
  readonly rounds: number;
  readonly rejection: Pick<Rejected, 'reason' | 'shortfalls'> | undefined;
  readonly open: OpenChange | undefined;
  /** Holds that have to be given back, and for what. */
  readonly release: { readonly of: string; readonly holds: readonly CartHold[] } | undefined;
  /** How changes ended, by their keys; undefined for those that were made. */
  readonly settled: PersistentMap<string, Refusal | undefined>;
  /** Locations that turned lines down, by the index of the line. */
  readonly refused: PersistentMap<number, readonly LocationId[]>;
  /** Number of holds that have been named. */
  readonly named: number;
  /** Number of its events: who decides on what was read before says what they saw. */
  readonly version: number;
}

/** Undefined until something was asked for. */
export type CartState = Cart | undefined;

export function evolve(state: CartState, event: CartEvent): CartState {
  const next = evolved(state, event);
  return next === undefined ? undefined : { ...next, version: next.version + 1 };
}

function evolved(state: CartState, event: CartEvent): CartState {
  if (event.type === 'Requested') {
    const { request, attempt, expiresAt, holds, occurredAt } = event;
    const cart = state ?? newCart(request, occurredAt, expiresAt);
    return tried(
      { ...cart, phase: 'pending', attempt, attemptedAt: occurredAt, expiresAt, tried: [], rounds: 0 },
      holds,
    );
  }
  if (event.type === 'Adopted') {
    const { request, hold, expiresAt, confirmed, occurredAt } = event;
    const cart = state ?? newCart(request, occurredAt, expiresAt);
    return { ...cart, phase: 'accepted', expiresAt, confirmed, holds: [hold] };
  }
  return state === undefined ? undefined : evolveCart(state, event);
}

const newCart = (request: CartRequest, madeAt: Instant, expiresAt: Instant): Cart => ({
  request,
  madeAt,
  phase: 'pending',
  attempt: 0,
  attemptedAt: madeAt,
  expiresAt,
  confirmed: false,
  ended: undefined,
  holds: [],
  missing: [],
  tried: [],
  rounds: 0,
  rejection: undefined,
  open: undefined,
  release: undefined,
  settled: PersistentMap(),
  refused: PersistentMap(),
  named: 0,
  version: 0,
});

const tried = (cart: Cart, holds: readonly CartHold[]): Cart => ({
  ...cart,
  tried: [...cart.tried, ...holds],
  named: cart.named + holds.length,
});

function evolveCart(cart: Cart, event: Exclude<CartEvent, { type: 'Requested' | 'Adopted' }>): Cart {
  switch (event.type) {
    case 'SourcedAnew':
      return tried({ ...cart, rounds: event.round }, event.holds);
    case 'Accepted':
      return { ...cart, phase: 'accepted', holds: event.holds, missing: event.missing, rejection: undefined };
    case 'Rejected': {
      const { reason, shortfalls, attempt, release } = event;
      return {
        ...cart,
        phase: 'rejected',
        rejection: { reason, shortfalls },
        ...toRelease(attemptKey(attempt), release),
      };
    }
    case 'ChangeBegun': {
      const { key, change, occurredAt } = event;
      const open = { ...cart, open: { key, change, begunAt: occurredAt }, tried: [], rounds: 0 };
      return 'from' in change ? tried(open, change.holds) : open;
    }
    case 'Secured':
      return cart.open === undefined ? cart : { ...cart, open: { ...cart.open, secured: event.holds } };
    case 'Changed':
      return changed(cart, event);
    case 'ChangeRefused':
      return {
        ...cart,
        open: undefined,
        settled: cart.settled.set(event.key, event.refusal),
        ended: event.ends ? 'expired' : cart.ended,
        ...toRelease(event.key, event.release),
      };
    case 'HoldsReleased':
      return { ...cart, release: undefined };
  }
}

const toRelease = (of: string, holds: readonly CartHold[]): Pick<Cart, 'release'> => ({
  release: holds.length === 0 ? undefined : { of, holds },
});

function changed(cart: Cart, event: Changed): Cart {
  const { holds = cart.holds, expiresAt = cart.expiresAt, confirmed = cart.confirmed, key } = event;
  const change = cart.open?.change;
  return {
    ...cart,
    holds,
    expiresAt,
    confirmed,
    open: undefined,
    ended: change?.kind === 'cancel' ? 'cancelled' : cart.ended,
    refused: change?.kind === 'refuse' ? withRefused(cart.refused, change) : cart.refused,
    settled: cart.settled.set(key, undefined),
  };
}

function withRefused(
  refused: Cart['refused'],
  { location, from }: Extract<CartChange, { kind: 'refuse' }>,
): Cart['refused'] {
  return from.reduce((all, { line }) => all.set(line, [...(all.get(line) ?? []), location]), refused);
}
