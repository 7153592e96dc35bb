import type { RejectionCode } from '../../rejected.js';
import type { ClientId, LocationId, Sku } from '../../values/identifiers.js';
import type { Instant } from '../../values/instant.js';
import type { JsonObject } from '../../values/json.js';
import type { CartRequest } from './request.js';

/** One hold of a cart in the stock stream of its SKU and location. */
export interface CartHold {
  readonly reference: ClientId;
  /** The {@link CartLine.index} that it serves. */
  readonly line: number;
  readonly sku: Sku;
  readonly location: LocationId;
  readonly quantity: number;
}

/** Units that a line asked for and could not have. */
export interface Shortfall {
  readonly index: number;
  readonly sku: Sku;
  /** Absent when the line left the location open. */
  readonly location?: LocationId;
  readonly requested: number;
  /** What there was for it, the cart's own holds not counted. */
  readonly available: number;
}

/** Holds that give way to others. */
export interface Relocation {
  readonly from: readonly CartHold[];
  /** The new holds that are tried first. */
  readonly holds: readonly CartHold[];
  /** When the new holds end unless they are confirmed. */
  readonly until: Instant;
  /** Whether the old ones are confirmed, so that the new ones have to be. */
  readonly confirmed: boolean;
}

export interface WantedParts {
  readonly sku: Sku;
  readonly location?: LocationId;
  readonly quantity: number;
}

/** What is done to a reservation once it has been accepted. */
export type CartChange =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'extend'; readonly id: ClientId; readonly ttlSeconds: number; readonly until: Instant }
  | {
      readonly kind: 'fulfil';
      readonly id: ClientId;
      /** As the caller said it; everything that is left when absent. */
      readonly wanted?: readonly WantedParts[];
      readonly parts: readonly { readonly hold: ClientId; readonly quantity: number }[];
    }
  | ({ readonly kind: 'move'; readonly id: ClientId; readonly line: number; readonly to: LocationId } & Relocation)
  | ({ readonly kind: 'refuse'; readonly id: ClientId; readonly location: LocationId } & Relocation);

/** Why a change could not be made; told again whenever it is asked for again. */
export interface Refusal {
  readonly code: RejectionCode;
  readonly detail: string;
  readonly facts: JsonObject;
}

interface Fact {
  readonly occurredAt: Instant;
}

/** Before anything is held: what is asked for, and the holds that will be tried first. */
export type Requested = Fact & {
  readonly type: 'Requested';
  /** Counts from 0; another one only after an attempt that nobody finished. */
  readonly attempt: number;
  readonly request: CartRequest;
  readonly expiresAt: Instant;
  readonly holds: readonly CartHold[];
};
/** Other holds that will be tried, because some were refused. */
export type SourcedAnew = Fact & {
  readonly type: 'SourcedAnew';
  /** The attempt or the change that they are for. */
  readonly of: string;
  readonly round: number;
  readonly holds: readonly CartHold[];
};
export type Accepted = Fact & {
  readonly type: 'Accepted';
  readonly attempt: number;
  readonly holds: readonly CartHold[];
  readonly missing: readonly Shortfall[];
};
/** Nothing is held; `release` is what may have to be given back first. */
export type Rejected = Fact & {
  readonly type: 'Rejected';
  readonly attempt: number;
  /** An attempt is abandoned when whoever made it did not finish it; the same request may be made again. */
  readonly reason: 'insufficient' | 'abandoned';
  readonly shortfalls: readonly Shortfall[];
  readonly release: readonly CartHold[];
};
/** A reservation that lived in one stock stream may move from now on. */
export type Adopted = Fact & {
  readonly type: 'Adopted';
  readonly change: string;
  readonly request: CartRequest;
  readonly hold: CartHold;
  readonly expiresAt: Instant;
  readonly confirmed: boolean;
};
/** A change is wanted: whoever finds it open drives it to its end. */
export type ChangeBegun = Fact & { readonly type: 'ChangeBegun'; readonly key: string; readonly change: CartChange };
/** All new holds of a relocation are there: from here on it goes through. */
export type Secured = Fact & { readonly type: 'Secured'; readonly key: string; readonly holds: readonly CartHold[] };
export type Changed = Fact & {
  readonly type: 'Changed';
  readonly key: string;
  /** All holds, where the change exchanged some. */
  readonly holds?: readonly CartHold[];
  readonly expiresAt?: Instant;
  readonly confirmed?: boolean;
};
export type ChangeRefused = Fact & {
  readonly type: 'ChangeRefused';
  readonly key: string;
  readonly refusal: Refusal;
  readonly release: readonly CartHold[];
  /** True when the reservation cannot be kept either. */
  readonly ends: boolean;
};
/** What had to be given back has been. */
export type HoldsReleased = Fact & { readonly type: 'HoldsReleased'; readonly of: string };

/** Everything that can happen to a reservation that does not live in one stock stream. */
export type CartEvent =
  | Requested
  | SourcedAnew
  | Accepted
  | Rejected
  | Adopted
  | ChangeBegun
  | Secured
  | Changed
  | ChangeRefused
  | HoldsReleased;

const TYPES: Readonly<Record<CartEvent['type'], true>> = {
  Requested: true,
  SourcedAnew: true,
  Accepted: true,
  Rejected: true,
  Adopted: true,
  ChangeBegun: true,
  Secured: true,
  Changed: true,
  ChangeRefused: true,
  HoldsReleased: true,
};

export const isCartEventType = (type: string): type is CartEvent['type'] => Object.hasOwn(TYPES, type);

/**
 * The idempotency key of a change: asked for again, it is the same change.
 * @param attempt counts from 0; another one only after an attempt that was interrupted before it took effect
 */
export function changeKeyOf(
  change: { readonly kind: CartChange['kind']; readonly id?: ClientId },
  attempt = 0,
): string {
  const key = change.id === undefined ? change.kind : `${change.kind}:${change.id}`;
  return attempt === 0 ? key : `${key}#${attempt}`;
}

/** Each of these finds one event of a reservation's stream. */
export const cartKey = {
  requested: (attempt: number): string => `requested:${attempt}`,
  sourced: (of: string, round: number): string => `sourced:${of}:${round}`,
  decided: (attempt: number): string => `decided:${attempt}`,
  adopted: (change: string): string => `adopted:${change}`,
  begun: (change: string): string => `begun:${change}`,
  secured: (change: string): string => `secured:${change}`,
  settled: (change: string): string => `settled:${change}`,
  released: (of: string): string => `released:${of}`,
};

export function eventKey(event: CartEvent): string {
  switch (event.type) {
    case 'Requested':
      return cartKey.requested(event.attempt);
    case 'SourcedAnew':
      return cartKey.sourced(event.of, event.round);
    case 'Accepted':
    case 'Rejected':
      return cartKey.decided(event.attempt);
    case 'Adopted':
      return cartKey.adopted(event.change);
    case 'ChangeBegun':
      return cartKey.begun(event.key);
    case 'Secured':
      return cartKey.secured(event.key);
    case 'Changed':
    case 'ChangeRefused':
      return cartKey.settled(event.key);
    case 'HoldsReleased':
      return cartKey.released(event.of);
  }
}

/** What the holds of an attempt that was rejected are released for. */
export const attemptKey = (attempt: number): string => `attempt:${attempt}`;
