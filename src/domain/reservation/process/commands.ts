import type { CartChange, CartHold, Changed, Refusal, Rejected, Shortfall } from './events.js';
import { cartKey } from './events.js';
import type { CartRequest } from './request.js';

export interface RequestCart {
  readonly type: 'request-cart';
  readonly attempt: number;
  readonly request: CartRequest;
  readonly holds: readonly CartHold[];
}

export interface SourceAnew {
  readonly type: 'source-anew';
  readonly of: string;
  readonly round: number;
  readonly holds: readonly CartHold[];
}

export interface AcceptCart {
  readonly type: 'accept-cart';
  readonly attempt: number;
  readonly holds: readonly CartHold[];
  readonly missing: readonly Shortfall[];
}

export interface RejectCart {
  readonly type: 'reject-cart';
  readonly attempt: number;
  readonly reason: Rejected['reason'];
  readonly shortfalls: readonly Shortfall[];
  readonly release: readonly CartHold[];
}

/** A reservation as its stock stream holds it, while it still lives there. */
export interface Adoptable {
  readonly request: CartRequest;
  readonly hold: CartHold;
  readonly expiresAt: number;
  readonly confirmed: boolean;
}

export interface BeginChange {
  readonly type: 'begin-change';
  /** The idempotency key, {@link changeKeyOf}. */
  readonly key: string;
  readonly change: CartChange;
  /** The {@link Cart.version} that the change rests on, 0 for none; any when absent. */
  readonly version?: number;
  readonly adopt?: Adoptable;
}

export interface SecureChange {
  readonly type: 'secure-change';
  readonly key: string;
  readonly holds: readonly CartHold[];
}

export interface CompleteChange {
  readonly type: 'complete-change';
  readonly key: string;
  readonly result: Pick<Changed, 'holds' | 'expiresAt' | 'confirmed'>;
}

export interface RefuseChange {
  readonly type: 'refuse-change';
  readonly key: string;
  readonly refusal: Refusal;
  readonly release: readonly CartHold[];
  readonly ends: boolean;
}

export interface NoteReleased {
  readonly type: 'note-released';
  readonly of: string;
}

export type CartCommand =
  | RequestCart
  | SourceAnew
  | AcceptCart
  | RejectCart
  | BeginChange
  | SecureChange
  | CompleteChange
  | RefuseChange
  | NoteReleased;

/** The key of the event that shows that a command has been carried out, or decided the other way. */
export function commandKey(command: CartCommand): string {
  switch (command.type) {
    case 'request-cart':
      return cartKey.requested(command.attempt);
    case 'source-anew':
      return cartKey.sourced(command.of, command.round);
    case 'accept-cart':
    case 'reject-cart':
      return cartKey.decided(command.attempt);
    case 'begin-change':
      return cartKey.begun(command.key);
    case 'secure-change':
      return cartKey.secured(command.key);
    case 'complete-change':
    case 'refuse-change':
      return cartKey.settled(command.key);
    case 'note-released':
      return cartKey.released(command.of);
  }
}
