import { formatInstant, type Instant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import { formatMoney } from '../domain/values/money.js';
import type { PostingView } from '../queries/postings/posting-queries.js';

/** A posting as callers see it. */
export function postingJson({ entry, record, lines, date, worth, since }: PostingView, now: Instant): JsonObject {
  const { status, connector, attempts, reason, proposedBy, course } = entry;
  const { key, posting, source } = record;
  return {
    ref: posting.ref,
    status,
    connector,
    date,
    sku: key.sku,
    location: key.location,
    lines: lines.map((line) => ({ ...line })),
    currency: posting.currency,
    source: {
      eventId: source.eventId,
      stream: `stock-${key.sku}@${key.location}`,
      revision: source.revision,
      type: source.type,
      movementId: source.movementId,
    },
    value: { amount: formatMoney(worth), currency: worth.currency },
    attempts,
    ...(reason === undefined ? {} : { reason: reasonText(reason) }),
    ...(since === undefined ? {} : { since: formatInstant(since), ageMs: Math.max(0, now - since) }),
    ...(proposedBy === undefined ? {} : { writeOffProposedBy: proposedBy }),
    ...(course === undefined
      ? {}
      : {
          decision: {
            decision: DECISION_NAMES[course.type],
            actor: course.actor,
            comment: course.comment,
            ...(course.under === undefined ? {} : { under: course.under }),
            ...(course.type === 'WrittenOff' && course.proposedBy !== null ? { proposedBy: course.proposedBy } : {}),
          },
        }),
  };
}

const DECISION_NAMES = { Retried: 'retry', Redated: 'redate', WrittenOff: 'write-off' } as const;

const reasonText = ({ code, detail }: { readonly code?: string; readonly detail: string }): string =>
  code === undefined ? detail : `${code}: ${detail}`;
