import type { DeliveryHappening } from '../../domain/delivery/events.js';
import type { ErpOutcome } from '../../ports/erp.js';
import type { ValuationItem } from './valuation-item.js';

/** The ERP could not take a valuation now. */
export interface Delay {
  readonly item: ValuationItem;
  readonly ref: string;
  readonly detail: string;
}

/** A valuation that nobody but a person can settle. */
export interface Refusal extends Delay {
  readonly code: string;
  /** False when the ERP was not even asked. */
  readonly wasAsked: boolean;
}

/** What became of a batch. Behind the first of a stream that was not delivered, nothing of that stream was. */
export interface Settled {
  readonly delivered: readonly ValuationItem[];
  readonly refused: readonly Refusal[];
  readonly delayed: readonly Delay[];
}

export function settle(items: readonly ValuationItem[], outcomes: ReadonlyMap<string, ErpOutcome>): Settled {
  const delivered: ValuationItem[] = [];
  const refused: Refusal[] = [];
  const delayed: Delay[] = [];
  const stopped = new Set<string>();
  for (const item of items) {
    if (stopped.has(item.stream)) continue;
    const verdict = verdictOf(item, outcomes);
    if (verdict === 'delivered') {
      delivered.push(item);
      continue;
    }
    stopped.add(item.stream);
    if ('code' in verdict) refused.push(verdict);
    else delayed.push(verdict);
  }
  return { delivered, refused, delayed };
}

/** What became of a valuation: delivered once all its postings are. */
function verdictOf(item: ValuationItem, outcomes: ReadonlyMap<string, ErpOutcome>): 'delivered' | Refusal | Delay {
  const [waiting] = item.parked;
  if (waiting?.parked !== undefined) {
    const { code, amount, currency } = waiting.parked;
    return { item, ref: waiting.ref, code, detail: `${amount} ${currency}`, wasAsked: false };
  }
  for (const { ref } of item.postings) {
    const outcome = outcomes.get(ref);
    switch (outcome?.status) {
      case 'posted':
      case 'duplicate':
        break;
      case 'rejected':
        return { item, ref, code: outcome.code, detail: outcome.detail, wasAsked: true };
      case 'retry-later':
        return { item, ref, detail: outcome.detail };
      case undefined:
        return { item, ref, detail: `${ref} was not posted` };
    }
  }
  return 'delivered';
}

export const parked = (
  { item, ref, code, detail }: Omit<Refusal, 'wasAsked'>,
  attempts: number,
): DeliveryHappening => ({
  type: 'Parked',
  ref,
  code,
  detail,
  attempts,
  valuation: placeOf(item),
});

export const deferred = ({ item, ref, detail }: Delay, attempts: number): DeliveryHappening => ({
  type: 'Deferred',
  valuations: [placeOf(item)],
  trouble: { ref, detail, attempts },
});

export const placeOf = ({ stream, revision }: ValuationItem) => ({ stream, revision });

/** Whole valuations, together no more postings than the limit unless one alone has more. */
export function firstBatch(items: readonly ValuationItem[], limit: number): readonly ValuationItem[] {
  let postings = 0;
  const end = items.findIndex((item, index) => {
    postings += item.postings.length;
    return index > 0 && postings > limit;
  });
  return end < 0 ? items : items.slice(0, end);
}
