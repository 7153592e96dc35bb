import { DECISIONS } from '../../../domain/delivery/decide.js';
import { POSTING_STATUSES } from '../../../ports/postings-book.js';
import { type Area, MIN_POSITION } from '../area.js';
import { count, currency, freshness, instant, list, location, object, position, sku, text } from '../schema.js';

const POSTINGS_PATH = '/v1/postings';
const POSTING = `${POSTINGS_PATH}/{ref}`;
const EXAMPLE_REF = '5e0f8a51-0c1d-8b6e-9f3a-2d1c4b5a6978';

const connector = text('The connector whose ERP it is about.', { pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const comment = (description: string) => text(description, { maxLength: 1_000 });

const posting = {
  ref: text('Names it for good, here and in the ERP.'),
  status: text('Pending includes on its way, tried again, or held back; parked waits for a person.', {
    enum: POSTING_STATUSES,
  }),
  connector,
  date: text('The day on which it counts.', { format: 'date' }),
  sku,
  location,
  lines: list(
    object({
      account: text("In the ERP's chart."),
      debit: text('Decimal; 0 on the other side.'),
      credit: text('Decimal; 0 on the other side.'),
    }),
    0,
    100,
  ),
  currency,
  source: object({
    eventId: text('The event in the stock stream that it comes from.'),
    stream: text('The stock stream.'),
    revision: count('In the stock stream.'),
    type: text('What happened, e.g. Sold.'),
    movementId: text('As its sender called it.'),
  }),
  value: object({ amount: text('Decimal: its debits, or the amount that could not be valued.'), currency }),
  attempts: count('How often the ERP was asked, as far as it is on record.'),
  reason: text('Why it is parked, or what went wrong last.'),
  since: { ...instant, description: 'Since when it waits.' },
  ageMs: count('How long it has been waiting.'),
  writeOffProposedBy: text('Who wants it written off; somebody else has to say the same.'),
  decision: object(
    {
      decision: text('What was decided last.', { enum: DECISIONS }),
      actor: text('By whom.'),
      comment: text('And why.'),
      under: text('The decision on many postings that it follows from.'),
      proposedBy: text('Who had proposed it, where it took two.'),
    },
    ['under', 'proposedBy'],
  ),
};
const optional = ['reason', 'since', 'ageMs', 'writeOffProposedBy', 'decision'];

export const POSTINGS: Area = {
  operations: [
    {
      method: 'get',
      path: POSTINGS_PATH,
      summary: 'What became of postings, in the order of their movements.',
      description: 'One item for each connector. `status=parked` is the work list of those that wait for a person.',
      scope: 'postings:read',
      query: {
        status: text('Only these.', { enum: POSTING_STATUSES }),
        connector: text('Only with this one.'),
        location: text('Only of this one.'),
        sku: text('Only of this one.'),
        after: text('The next of the page before.'),
        limit: text('1 to 1000, usually 100.'),
        ...MIN_POSITION,
      },
      answers: { 200: 'PostingPage' },
      problems: [503],
    },
    {
      method: 'get',
      path: POSTING,
      summary: 'One posting, by its ref.',
      scope: 'postings:read',
      query: {
        connector: text('How it stands with this one; usually where it is parked.'),
        ...MIN_POSITION,
      },
      answers: { 200: 'Posting' },
      problems: [404, 503],
    },
    {
      method: 'get',
      path: `${POSTINGS_PATH}/summaries/{ref}`,
      summary: 'An entry that sums postings, and which they are.',
      description: 'With `ERP_SUMMARISE`. What it sums was on record before it was sent, and never changes.',
      scope: 'postings:read',
      answers: { 200: 'PostingSummary' },
      problems: [404, 503],
    },
    {
      method: 'post',
      path: `${POSTING}/retry`,
      summary: 'What was wrong has been mended: post it as it is.',
      description: 'What it held back follows. The comment and who gave it are kept with the decision.',
      scope: 'postings:write',
      body: 'PostingRetry',
      example: {
        summary: 'The period has been opened again.',
        path: `${POSTINGS_PATH}/${EXAMPLE_REF}/retry`,
        body: { comment: 'March was opened again.' },
      },
      answers: { 200: 'Posting' },
      problems: [404, 409, 503],
    },
    {
      method: 'post',
      path: `${POSTING}/resolve`,
      summary: 'Decide about a parked posting. What it held back follows.',
      description:
        '`retry` posts it as it is, `redate` on the first day of the next open period or on `date`, `write-off` never. ' +
        'Above the configured value, by itself or with what the same person wrote off in the last 24 hours, a write-off ' +
        'is a proposal until another person decides the same. ' +
        'The same decision again changes nothing. A posting summed in an entry whose outcome is unknown can only be ' +
        'tried again until that is known: `entry-in-doubt`.',
      scope: 'postings:write',
      body: 'PostingDecision',
      example: {
        summary: 'Post it into the next open period.',
        path: `${POSTINGS_PATH}/${EXAMPLE_REF}/resolve`,
        body: { decision: 'redate', comment: 'March stays closed; agreed with the auditor.' },
      },
      answers: { 200: 'Posting' },
      problems: [404, 409, 503],
    },
  ],
  schemas: {
    PostingRetry: object({ comment: comment('Why, for whoever looks at it later.'), connector }, [
      'comment',
      'connector',
    ]),
    PostingDecision: object(
      {
        decision: text('What becomes of it.', { enum: DECISIONS }),
        comment: comment('Why, for whoever looks at it later.'),
        date: text('The day for a redate.', { format: 'date' }),
        connector,
      },
      ['date', 'connector'],
    ),
    Posting: object(
      {
        ...posting,
        summary: text('The entry that it is summed in, by its ref, where the ERP gets sums.'),
        position,
        stale: freshness.stale,
      },
      [...optional, 'summary', 'stale'],
    ),
    PostingSummary: object({
      ref: text('Names the entry for good, here and in the ERP.'),
      status: text('Dissolved when the ERP refused it: its postings went on in other entries, or wait for a person.', {
        enum: ['recorded', 'dissolved'],
      }),
      connector,
      location,
      period: text('The day or month.'),
      date: text('The day on which it counts.', { format: 'date' }),
      currency,
      lines: posting.lines,
      postings: list(text('Ref of one that it sums, in their order.'), 1, 5_000),
    }),
    PostingPage: object(
      {
        items: list(object(posting, optional), 0, 1_000),
        next: text('Hand it back as after.'),
        position,
        stale: freshness.stale,
      },
      ['next', 'stale'],
    ),
  },
};
