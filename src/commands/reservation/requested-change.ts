import type { WantedParts } from '../../domain/reservation/process/events.js';
import type { ClientId, LocationId } from '../../domain/values/identifiers.js';

/** What a caller asks to be done to a reservation. */
export type RequestedChange =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'extend'; readonly id: ClientId; readonly ttlSeconds: number }
  /** Everything that is left when `wanted` is absent. */
  | { readonly kind: 'fulfil'; readonly id: ClientId; readonly wanted?: readonly WantedParts[] }
  /** `line` is an index into the lines that the caller sees. */
  | { readonly kind: 'move'; readonly id: ClientId; readonly line: number; readonly to: LocationId }
  /** The location turns its lines down. */
  | { readonly kind: 'refuse'; readonly id: ClientId; readonly location: LocationId };

/** Which locations the caller may use. */
export type MayUse = (location: LocationId) => boolean;
