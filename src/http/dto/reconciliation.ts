import { parsed } from '../body/validate.js';
import { IsOneOf, Optional } from './rules.js';

const TRUE_OR_FALSE = ['true', 'false'];
const PARTS = ['differences', 'statement'] as const;

class ReconciliationDto {
  @Optional() @IsOneOf(TRUE_OR_FALSE) fresh?: string;
  @Optional() @IsOneOf(TRUE_OR_FALSE) newest?: string;
  @Optional() @IsOneOf(PARTS) part?: (typeof PARTS)[number];
}

export interface ReconciliationRequest {
  /** `full`: everything is read from the start. `newest`: nothing is, the last one is shown as it is. */
  readonly kind: 'full' | 'incremental' | 'newest';
  /** What a CSV tells. */
  readonly part: (typeof PARTS)[number];
}

/** Query of `GET /v1/reconciliation`. */
export function parseReconciliation(query: unknown): ReconciliationRequest {
  const { fresh, newest, part = 'differences' } = parsed(ReconciliationDto, query, 'parameter');
  return { kind: fresh === 'true' ? 'full' : newest === 'true' ? 'newest' : 'incremental', part };
}
