import type { Instant } from '../../values/instant.js';
import { NOTHING, type Sums, sumOf } from '../worth.js';
import type { DecisionFilter, DecisionMade, ManyDecisionEvent, WrittenOffByOne } from './events.js';

/** A decision on many postings, and what has come of it. */
export interface ManyDecision extends Omit<DecisionMade, 'type'> {
  readonly approvedBy: string | null;
  readonly endedBy: string | null;
  /** Postings that it was carried out on, and what they are worth. */
  readonly applied: number;
  readonly appliedWorth: Sums;
  /** When each of them was parked, by their refs; forgotten once it has ended. */
  readonly carriedOut: Map<string, Instant>;
}

/** All of a connector, by their ids, in the order in which they were made. */
export type Decisions = ReadonlyMap<string, ManyDecision>;

/** Changes the map it is given: there is one, and it may be large. */
export function takeDecision(decisions: Map<string, ManyDecision>, event: ManyDecisionEvent): void {
  if (event.type === 'DecisionMade') {
    const { type: _, ...made } = event;
    const none = {
      approvedBy: null,
      endedBy: null,
      applied: 0,
      appliedWorth: NOTHING,
      carriedOut: new Map<string, Instant>(),
    };
    decisions.set(made.wanted.id, { ...made, ...none });
    return;
  }
  const before = decisions.get(event.id);
  if (before !== undefined) decisions.set(event.id, evolved(before, event));
}

function evolved(before: ManyDecision, event: Exclude<ManyDecisionEvent, DecisionMade>): ManyDecision {
  switch (event.type) {
    case 'SecondPersonNeeded':
      return { ...before, needsTwo: true };
    case 'DecisionApproved':
      return { ...before, approvedBy: event.actor };
    case 'DecisionEnded':
      return { ...before, endedBy: event.actor, carriedOut: new Map<string, Instant>() };
    case 'DecisionMoved':
      return { ...before, upTo: event.upTo };
    case 'DecisionApplied': {
      before.carriedOut.set(event.ref, event.parkedAt);
      return { ...before, applied: before.applied + 1, appliedWorth: sumOf(before.appliedWorth, event.worth) };
    }
  }
}

/** True while it may still be carried out on something. */
export const isStanding = ({ endedBy, wanted }: ManyDecision, now: Instant): boolean =>
  endedBy === null && (wanted.until === null || now < wanted.until);

export const waitsForSecond = ({ wanted, needsTwo, approvedBy }: ManyDecision): boolean =>
  wanted.decision === 'write-off' && needsTwo && approvedBy === null;

/** What can be told without reading the posting. */
export const mayMatch = (
  filter: DecisionFilter,
  parked: { readonly code: string; readonly sku: string; readonly location: string },
): boolean => (filter.code === null || filter.code === parked.code) && isMeant(filter, parked);

/** Whether postings of this SKU at this location are meant, once they park. */
export const isMeant = (
  { sku, locations }: DecisionFilter,
  key: { readonly sku: string; readonly location: string },
): boolean =>
  (sku === null || sku === key.sku) && (locations === '*' || locations.some((location) => location === key.location));

export const isInPeriod = ({ from, to }: DecisionFilter, date: string): boolean =>
  (from === null || date >= from) && (to === null || date <= to);

const DAY_MS = 86_400_000;

export const isOfLastDay = ({ at }: { readonly at: Instant }, now: Instant): boolean => at > now - DAY_MS;

/** All that is on record of a connector's decisions. */
export interface DecisionsOnRecord {
  readonly decisions: Decisions;
  /** Of single postings, by one person each. */
  readonly writeOffs: readonly WrittenOffByOne[];
}

/** What a person has written off alone in the last 24 hours, one by one or by decisions on many. */
export function writtenOffAlone({ decisions, writeOffs }: DecisionsOnRecord, actor: string, now: Instant): Sums {
  const single = writeOffs.filter((each) => each.actor === actor && isOfLastDay(each, now));
  const own = [...decisions.values()].filter(
    (each) =>
      each.actor === actor &&
      each.wanted.decision === 'write-off' &&
      each.approvedBy === null &&
      isOfLastDay(each, now),
  );
  return sumOf(...own.map(({ appliedWorth }) => appliedWorth), ...single.map(({ worth }) => worth));
}
