import type { LocationId, Sku } from '../../values/identifiers.js';
import type { Instant } from '../../values/instant.js';
import type { DecideOnPosting } from '../decide.js';
import type { Sums } from '../worth.js';

/** Which parked postings a decision is about. */
export interface DecisionFilter {
  /** Why they are parked; null for whatever reason. */
  readonly code: string | null;
  /** First and last day on which they count, `YYYY-MM-DD`; null for no bound. */
  readonly from: string | null;
  readonly to: string | null;
  readonly sku: Sku | null;
  readonly locations: '*' | readonly LocationId[];
}

/** What a person wants to become of many postings. */
export interface WantedOfMany {
  /** The caller's own name for it. */
  readonly id: string;
  readonly filter: DecisionFilter;
  readonly decision: DecideOnPosting['decision'];
  readonly comment: string;
  /** `YYYY-MM-DD` for a redate; null for the first day of the next open period. */
  readonly date: string | null;
  /** It also holds for what is recorded later and parks by then; null: only for what is recorded already. */
  readonly until: Instant | null;
}

/** A person's decision about all that is parked, and what it holds back, once it parks for the same reason. */
export type DecisionMade = {
  readonly type: 'DecisionMade';
  readonly wanted: WantedOfMany;
  readonly actor: string;
  readonly at: Instant;
  /** Everything up to this position is recorded already. */
  readonly upTo: bigint;
  /** How much one person may write off, as `WriteOffLimit` writes it. */
  readonly limit: string;
  /** True when what it is about is worth more than that already: nothing is written off before another agrees. */
  readonly needsTwo: boolean;
};

/** One person may not write off the next posting as well. */
export type SecondPersonNeeded = { readonly type: 'SecondPersonNeeded'; readonly id: string };

/** Somebody else wants the same. */
export type DecisionApproved = {
  readonly type: 'DecisionApproved';
  readonly id: string;
  readonly actor: string;
  readonly comment: string;
};

/** From now on it holds for nothing any more. */
export type DecisionEnded = {
  readonly type: 'DecisionEnded';
  readonly id: string;
  readonly actor: string;
  readonly comment: string;
};

/** It is carried out on this posting; on record before the posting's own event, so that no sum ever goes beyond a limit. */
export type DecisionApplied = {
  readonly type: 'DecisionApplied';
  readonly id: string;
  readonly ref: string;
  /** When it was parked: it may park again afterwards, and is then another matter. */
  readonly parkedAt: Instant;
  readonly worth: Sums;
};

/** One person writes off one posting alone; on record before the posting's own event, for the same reason. */
export type WrittenOffByOne = {
  readonly type: 'WrittenOffByOne';
  readonly ref: string;
  readonly parkedAt: Instant;
  readonly actor: string;
  readonly at: Instant;
  readonly worth: Sums;
};

/** The store is the copy of another: what was recorded already when it was made ends at this position here. */
export type DecisionMoved = { readonly type: 'DecisionMoved'; readonly id: string; readonly upTo: bigint };

/** What concerns a decision on many. */
export type ManyDecisionEvent =
  | DecisionMade
  | SecondPersonNeeded
  | DecisionApproved
  | DecisionEnded
  | DecisionApplied
  | DecisionMoved;
export type DecisionEvent = ManyDecisionEvent | WrittenOffByOne;

const PREFIX = 'decisions-';

/** Holds the decisions on many postings of one connector, and what people write off alone. */
export const decisionsStream = (connector: string): string => `${PREFIX}${connector}`;
