import { isStanding, waitsForSecond } from '../domain/delivery/decisions/state.js';
import type { Sums } from '../domain/delivery/worth.js';
import { formatInstant, type Instant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import { formatMoney } from '../domain/values/money.js';
import type { Tally } from '../streams/backlog.js';
import type { DecisionView } from '../streams/decision-view.js';
import { positionToken } from './position-token.js';

/** A decision on many postings as callers see it. */
export function decisionJson({ connector, decision, backlog, position }: DecisionView, now: Instant): JsonObject {
  const { wanted, actor, at, approvedBy, endedBy, applied, appliedWorth } = decision;
  const { id, filter, comment, date, until } = wanted;
  const { locations, ...bounds } = filter;
  return {
    id,
    status: statusOf({ connector, decision, backlog, position }, now),
    connector,
    filter: {
      ...Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== null)),
      ...(locations === '*' ? {} : { locations: [...locations] }),
    },
    decision: wanted.decision,
    comment,
    ...(date === null ? {} : { date }),
    ...(until === null ? {} : { until: formatInstant(until) }),
    actor,
    decidedAt: formatInstant(at),
    ...(approvedBy === null ? {} : { approvedBy }),
    ...(endedBy === null ? {} : { endedBy }),
    applied: tallyJson({ count: applied, worth: appliedWorth }),
    parked: tallyJson(backlog.parked),
    heldBack: tallyJson(backlog.heldBack),
    position: positionToken(position),
  };
}

export const DECISION_STATUSES = ['needs-second-person', 'standing', 'done', 'ended'] as const;

function statusOf({ decision, backlog }: DecisionView, now: Instant): (typeof DECISION_STATUSES)[number] {
  if (!isStanding(decision, now)) return 'ended';
  if (waitsForSecond(decision)) return 'needs-second-person';
  const { parked, heldBack, isOnItsWay } = backlog;
  const isExhausted = parked.count + heldBack.count === 0 && !isOnItsWay;
  return isExhausted && decision.wanted.until === null ? 'done' : 'standing';
}

const tallyJson = ({ count, worth }: Tally): JsonObject => ({ count, value: amountsOf(worth) });

const amountsOf = (worth: Sums): JsonObject[] =>
  [...worth].map(([currency, minor]) => ({ amount: formatMoney({ minor, currency }), currency }));
