import type { JsonObject } from './values/json.js';

/** Every reason for which a decision can go against the caller. Facts are never refused for stock or lateness. */
export type RejectionCode =
  | 'insufficient'
  | 'id-reused'
  | 'reference-reused'
  | 'unknown-reservation'
  | 'reservation-ended'
  | 'reservation-confirmed'
  | 'reservation-pending'
  | 'unknown-line'
  | 'unknown-group'
  | 'foreign-location'
  | 'too-many-channels'
  | 'unknown-supply'
  | 'unknown-transfer'
  | 'fulfil-exceeds-hold'
  | 'not-parked'
  | 'entry-in-doubt'
  | 'not-proposed';

/** A decision against the command; it appends nothing. */
export class Rejected {
  constructor(
    readonly code: RejectionCode,
    readonly detail: string,
    /** What the caller needs to act on it, e.g. `{ requested: 5, available: 2 }`. */
    readonly facts: JsonObject = {},
  ) {}
}
