import { Rejected } from '../rejected.js';
import type { DeliveryHappening } from './events.js';
import type { Course, DeliveryState } from './state.js';

export const DECISIONS = ['retry', 'redate', 'write-off'] as const;

/** What a person wants to become of a parked posting. */
export interface DecideOnPosting {
  readonly decision: (typeof DECISIONS)[number];
  readonly ref: string;
  /** The valuation stream that it comes from. */
  readonly stream: string;
  readonly actor: string;
  readonly comment: string;
  /** `YYYY-MM-DD` for a redate; null for the first day of the next open period. */
  readonly date: string | null;
  /** True when it is worth more than one person may write off. */
  readonly needsTwo: boolean;
  /** The entry that it is summed in with others, which may be in the ERP or get there yet; undefined for none. */
  readonly inEntry?: string | undefined;
  /** The decision on many postings that it follows from, and who had proposed that, where it took two. */
  readonly under?: { readonly id: string; readonly proposedBy: string | null };
}

const COURSES = { retry: 'Retried', redate: 'Redated', 'write-off': 'WrittenOff' } as const;

/** The same decision again changes nothing, and so does a proposal's repetition by whoever made it. */
export function decide(state: DeliveryState, wanted: DecideOnPosting): readonly DeliveryHappening[] | Rejected {
  const { ref, stream, decision } = wanted;
  const standstill = state.standstills.get(stream);
  if (standstill?.parked?.ref !== ref) {
    const course = standstill?.courses.get(ref);
    return course !== undefined && isSame(course, wanted) ? [] : notParked(ref);
  }
  const { actor, comment, date, under, inEntry } = wanted;
  // An entry is sent again as it was, and this posting with it.
  if (inEntry !== undefined && decision !== 'retry') return inDoubt(ref, inEntry);
  const valuation = { stream, revision: standstill.from };
  const said = { ref, valuation, actor, comment, ...(under === undefined ? {} : { under: under.id }) };
  switch (decision) {
    case 'retry':
      return [{ type: 'Retried', ...said }];
    case 'redate':
      return [{ type: 'Redated', ...said, date }];
    case 'write-off': {
      const proposedBy = under?.proposedBy ?? standstill.parked.proposal?.actor ?? null;
      if (!wanted.needsTwo) return [{ type: 'WrittenOff', ...said, proposedBy }];
      if (proposedBy === null) return [{ type: 'WriteOffProposed', ...said }];
      return proposedBy === actor ? [] : [{ type: 'WrittenOff', ...said, proposedBy }];
    }
  }
}

/** True when what was decided before is what somebody wants now. */
export function isSame(course: Course, { decision, date }: Pick<DecideOnPosting, 'decision' | 'date'>): boolean {
  return course.type === COURSES[decision] && (course.type !== 'Redated' || course.date === date);
}

export const notParked = (ref: string): Rejected =>
  new Rejected('not-parked', 'This posting does not wait for a decision, or another one has been made.', { ref });

const inDoubt = (ref: string, entry: string): Rejected =>
  new Rejected(
    'entry-in-doubt',
    'This posting is summed in an entry whose outcome is unknown: try it again, and the entry is looked for first.',
    { ref, entry },
  );
