import type { ErpRejection } from '../../../ports/erp.js';
import type { TrytonRefusal } from './fault.js';

/** What a refusal means for the postings it was about. */
export type Meaning =
  /** Another poster was there, or the move has changed meanwhile. */
  | 'look-again'
  /** Whether it is so, the period's state says. */
  | 'closed'
  | ErpRejection;

/** Messages of the ERP in English, the language of the context of every call. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/DUPLICATE_EXTERNAL_REF/, 'look-again'],
  [/cannot modify posted move/i, 'look-again'],
  [/read records .* "Account Move"/s, 'look-again'],
  [/journal-period in closed period|lines on closed journal-period|closed period/i, 'closed'],
  [/must balance all its lines/i, 'UNBALANCED'],
  [/field "(Account|Party|Second Currency|Amount Second Currency)"|account .* (closed|view)/i, 'BAD_ACCOUNT'],
  [/not allowed to|you don't have|access rights/i, 'CONFIG'],
];

export function meaningOf({ type, message }: TrytonRefusal): Meaning {
  if (type === 'UserWarning') return 'NEEDS_HUMAN';
  return MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? 'INVALID';
}
