import { DECISIONS } from '../../../domain/delivery/decide.js';
import { DECISION_STATUSES } from '../../decision-json.js';
import type { Area } from '../area.js';
import { clientId, count, currency, instant, list, location, object, position, sku, text } from '../schema.js';

const PATH = '/v1/postings/decisions';
const ONE = `${PATH}/{id}`;

const connector = text('The connector whose postings are meant.', { pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const comment = text('Why, for whoever looks at it later.', { maxLength: 1_000 });
const day = (description: string) => text(description, { format: 'date' });
const code = text('What their reason begins with; without it whatever the reason.', { pattern: '^[A-Z][A-Z_]{0,31}$' });
const from = day('First day on which they count.');
const to = day('Last day on which they count.');
const tally = (description: string) => ({
  ...object({
    count: count('Postings.'),
    value: list(object({ amount: text('Decimal.'), currency }), 0, 300),
  }),
  description,
});

export const POSTINGS_DECISIONS: Area = {
  operations: [
    {
      method: 'post',
      path: PATH,
      summary: 'Decide once about all parked postings that match, and those that they hold back.',
      description:
        'It is carried out on what is parked now, and on what parks afterwards for the same reason: on what was ' +
        'recorded before the decision, or with `until` on everything that parks by then; on each posting once, as an ' +
        'event with the name of whoever decided. The newest decision about a posting counts. With `dryRun` it only ' +
        'says how many postings that is and what they are worth. A write-off of more than one person may write off, ' +
        'summed up over all that match and over the last 24 hours of such decisions, waits for `approve` by another. ' +
        'The same request again changes nothing.',
      scope: 'postings:write',
      body: 'ManyDecision',
      example: {
        summary: 'March stays closed: what is parked goes into the next open period.',
        path: PATH,
        body: {
          id: 'close-2026-03',
          connector: 'journal',
          filter: { code: 'PERIOD_CLOSED', period: '2026-03' },
          decision: 'redate',
          comment: 'March stays closed; agreed with the auditor.',
          dryRun: true,
        },
      },
      answers: { 200: 'ManyDecisionAnswer' },
      problems: [422, 503],
    },
    {
      method: 'get',
      path: ONE,
      summary: 'What has become of a decision on many postings.',
      scope: 'postings:read',
      answers: { 200: 'ManyDecisionAnswer' },
      problems: [404, 503],
    },
    {
      method: 'post',
      path: `${ONE}/approve`,
      summary: 'Agree with a write-off that takes two people.',
      description: 'Whoever made the decision cannot.',
      scope: 'postings:write',
      body: 'ManyDecisionChange',
      example: { summary: 'Agreed.', path: `${PATH}/close-2026-03/approve`, body: { comment: 'Checked the list.' } },
      answers: { 200: 'ManyDecisionAnswer' },
      problems: [404, 409, 503],
    },
    {
      method: 'post',
      path: `${ONE}/end`,
      summary: 'Call a decision off: it is carried out on nothing any more.',
      description: 'What it was carried out on stays as it is.',
      scope: 'postings:write',
      body: 'ManyDecisionChange',
      example: { summary: 'Called off.', path: `${PATH}/close-2026-03/end`, body: { comment: 'March is open again.' } },
      answers: { 200: 'ManyDecisionAnswer' },
      problems: [404, 503],
    },
  ],
  schemas: {
    ManyDecision: object(
      {
        id: clientId,
        connector,
        filter: object(
          { code, period: text('A month instead of days.', { pattern: '^\\d{4}-\\d{2}$' }), from, to, sku, location },
          ['code', 'period', 'from', 'to', 'sku', 'location'],
        ),
        decision: text('What becomes of them.', { enum: DECISIONS }),
        comment,
        date: day('The day for a redate; without it the first day of the next open period.'),
        until: { ...instant, description: 'It also holds for what is recorded later and parks by then.' },
        dryRun: { type: 'boolean', description: 'Only says what it would be about.' },
      },
      ['date', 'until', 'dryRun'],
    ),
    ManyDecisionChange: object({ comment }),
    ManyDecisionAnswer: object(
      {
        id: clientId,
        status: text('Done once nothing is left that it is about.', { enum: DECISION_STATUSES }),
        connector,
        filter: object({ code, from, to, sku, locations: list(location, 0, 10_000) }, [
          'code',
          'from',
          'to',
          'sku',
          'locations',
        ]),
        decision: text('What becomes of them.', { enum: DECISIONS }),
        comment,
        date: day('The day for a redate.'),
        until: instant,
        actor: text('Who decided.'),
        decidedAt: instant,
        approvedBy: text('Who agreed, where it took two.'),
        endedBy: text('Who called it off.'),
        applied: tally('What it was carried out on.'),
        parked: tally('Parked, and meant.'),
        heldBack: tally('Behind those, and meant if they park for the same reason.'),
        position,
      },
      ['date', 'until', 'approvedBy', 'endedBy'],
    ),
  },
};
