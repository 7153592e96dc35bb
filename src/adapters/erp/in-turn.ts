import { valuationStream } from '../../domain/values/identifiers.js';
import type { ErpOutcome, ErpPosting } from '../../ports/erp.js';

/** Sends so many at once and answers for each of them, in their order. */
type Send = (postings: readonly ErpPosting[]) => Promise<readonly ErpOutcome[]>;

const NO_OUTCOME: ErpOutcome = { status: 'retry-later', applied: 'unknown', detail: 'no outcome' };
const HELD_BACK: ErpOutcome = { status: 'retry-later', applied: 'no', detail: 'behind one that is not posted' };

/**
 * Sends each ref once, at most so many at a time, and nothing of a SKU and location behind one that is not posted.
 * A posting without lines has nothing to send.
 */
export async function inTurn(postings: readonly ErpPosting[], limit: number, send: Send): Promise<ErpOutcome[]> {
  const outcomes = await outcomesByRef(postings, limit, send);
  const answered = new Set<string>();
  return postings.map(({ ref, lines }) => {
    if (lines.length === 0) return { status: 'posted' };
    const outcome = outcomes.get(ref) ?? NO_OUTCOME;
    if (outcome.status === 'posted' && answered.has(ref)) return { status: 'duplicate' };
    answered.add(ref);
    return outcome;
  });
}

async function outcomesByRef(postings: readonly ErpPosting[], limit: number, send: Send) {
  const outcomes = new Map<string, ErpOutcome>();
  const stuck = new Set<string>();
  const distinct = [...new Map(postings.map((posting) => [posting.ref, posting])).values()];
  const sendable = distinct.filter(({ lines }) => lines.length > 0);
  for (let start = 0; start < sendable.length; start += limit) {
    const slice = sendable.slice(start, start + limit);
    const going = slice.filter((posting) => !stuck.has(valuationStream(posting)));
    for (const { ref } of slice) outcomes.set(ref, HELD_BACK);
    const answers = going.length === 0 ? [] : await send(going);
    for (const [at, posting] of going.entries()) {
      const outcome = answers[at] ?? NO_OUTCOME;
      outcomes.set(posting.ref, outcome);
      if (!isDone(outcome)) stuck.add(valuationStream(posting));
    }
  }
  return outcomes;
}

export const isDone = ({ status }: ErpOutcome): boolean => status === 'posted' || status === 'duplicate';

/** @param restMs how long it asks to be left alone, when it does */
export const retryLater = (applied: 'no' | 'unknown', detail: string, restMs?: number): ErpOutcome => ({
  status: 'retry-later',
  applied,
  detail,
  ...(restMs === undefined ? {} : { restMs }),
});
