import type { Instant } from '../../../domain/values/instant.js';
import type { Comparison } from '../../../ports/availability-store.js';

/** What is told of a rebuild beside the state of its generation. */
export interface Rebuild {
  readonly generation: string;
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  readonly comparison?: Comparison;
}

export const encodeRebuild = (rebuild: Rebuild): string => JSON.stringify(rebuild);
export const decodeRebuild = (text: string): Rebuild => JSON.parse(text) as Rebuild;
