import type { Area } from '../area.js';
import { count, currency, instant, list, location, object, position, ref, type Schema, sku, text } from '../schema.js';

const MOST = 1_000;
const money = text('Decimal: debits less credits.');
const account = text('As the ERP calls it.');
const month = text('`YYYY-MM`', { pattern: '^\\d{4}-\\d{2}$' });
const orNull = (schema: Schema, description: string): Schema => ({
  ...schema,
  type: [schema.type, 'null'],
  description,
});

const erp = object(
  {
    connector: text('Name of the connector.'),
    position,
    state: text(
      '`agrees`, `differs`: what was delivered stood still while the ERP told what it holds. `moving`: deliveries went on ' +
        'all the time, so nothing can be said. `unreadable`: it did not answer. `untold`: it cannot tell what it holds.',
      { enum: ['agrees', 'differs', 'moving', 'unreadable', 'untold'] },
    ),
    detail: text('Why it is unreadable.'),
    delivered: count('Postings that the ERP has.'),
    pending: count('Postings that it does not have yet; the parked ones are among them.'),
    parked: count('Postings that wait for a person.'),
    writtenOff: count('Postings that it will never have.'),
    open: list(
      object({
        what: text('Why the ERP does not have them.', { enum: ['waiting', 'parked', 'written-off'] }),
        currency,
        worth: text('Their debits together.'),
      }),
      0,
      MOST,
    ),
    oldestWaitingAgeMs: orNull({ type: 'integer' }, 'Since the movement of the oldest was recorded; null for none.'),
    oldestParkedAgeMs: orNull({ type: 'integer' }, 'Since the movement of the oldest was recorded; null for none.'),
    strangers: list(text('Ref of what was delivered without having been valued, or more than once.'), 0, MOST),
    unrecorded: list(text('Ref of what is in the ERP already, and not yet recorded as delivered.'), 0, MOST),
    locations: {
      type: ['string', 'null'],
      enum: ['kept', 'not-kept', null],
      description: 'Whether the ERP keeps the locations of lines; null when it was not read.',
    },
    note: text('What cannot be compared, in words.'),
    accounts: {
      type: ['array', 'null'],
      maxItems: MOST,
      description:
        'Accounts on which something else was posted in a month than was delivered for it; null unless compared.',
      items: object({
        account,
        currency,
        month,
        location: orNull(location, 'Null for all together, or for lines of the ERP without one.'),
        delivered: money,
        erp: money,
        difference: money,
      }),
    },
    entries: {
      ...list(ref('ReconciledEntry'), 0, MOST),
      description: 'Postings on those accounts that the ERP holds otherwise.',
    },
    foreign: {
      ...list(ref('ForeignEntry'), 0, MOST),
      description: 'What is on those accounts in the ERP, and no delivery explains it.',
    },
    notBridged: count('Rows of the statement whose parts do not make what was valued: an error of this service.'),
    statement: {
      ...list(ref('StatementRow'), 0, 1_000_000),
      description:
        'valued - waiting - parked - writtenOff + redated = delivered; erp - delivered - unrecorded = unexplained.',
    },
  },
  ['detail', 'note'],
);

const choice = (description: string) => text(description, { enum: ['true', 'false'] });

export const RECONCILIATION: Area = {
  operations: [
    {
      method: 'get',
      path: '/v1/reconciliation',
      summary: 'Streams, valuations, deliveries, read model and ERP, each against the one before.',
      description:
        'As things are now: what is new in the streams is read, and the ERP is asked what it holds. Whoever posts does that by ' +
        'itself every `RECONCILE_EVERY` seconds, too. With `Accept: text/csv` a line for each difference, or the statement. ' +
        'A process that posts to no ERP says nothing of one: ask the poster.',
      scope: 'postings:read',
      query: {
        fresh: choice(
          'Reads all streams from the start, and holds what was kept of them against that. Takes its time.',
        ),
        newest: choice('The last one as it was, however old, at once; the first is made.'),
        part: text('Of a CSV: the differences, or what makes up each account.', { enum: ['differences', 'statement'] }),
      },
      answers: { 200: 'Reconciliation' },
      alsoAs: { 'text/csv': 'Heads, and a line for each difference or row of the statement.' },
      problems: [403],
    },
  ],
  schemas: {
    Reconciliation: object({
      position,
      at: instant,
      ageMs: count('Since it was begun.'),
      kind: text('Whether all streams were read, or what was new.', { enum: ['full', 'incremental'] }),
      tookMs: count('How long it took.'),
      reconciled: { type: 'boolean', description: 'Nothing differs, and every ERP that can tell what it holds did.' },
      keptOtherwise: list(text('What had been kept of the streams and is not so; it is mended.'), 0, MOST),
      stock: object({
        compared: count('SKUs at locations.'),
        notValued: count('Movements that are not valued yet.'),
        differing: list(
          object({
            sku,
            location,
            stock: count('Units in the stream.'),
            valued: count('Units that are valued.'),
            revision: count('Of the first movement after which they differ.'),
            eventId: text('Its event.'),
          }),
          0,
          MOST,
        ),
        values: list(
          object({
            sku,
            location,
            what: text(
              '`value`: not the value before with its change. `postings`: their inventory lines are not the change of value. ' +
                '`balance`: the lines of a posting do not sum to 0.',
              { enum: ['value', 'postings', 'balance'] },
            ),
            currency,
            expected: money,
            found: money,
            revision: count('Of the movement.'),
            eventId: text('Its event.'),
          }),
          0,
          MOST,
        ),
        unposted: {
          ...list(
            object({ sku, location, currency: orNull(currency, 'Null as long as none is known.'), amount: money }),
            0,
            MOST,
          ),
          description: 'Value that a replay under other rules has changed, and goes on to post: no difference.',
        },
      }),
      readModel: {
        description: 'Null while it is away.',
        anyOf: [
          object({
            compared: count('Of those, as many were seen as they were when the streams had been read.'),
            differing: list(
              object({ sku, location, stock: count('Units in the stream.'), shown: count('Units in the read model.') }),
              0,
              MOST,
            ),
          }),
          { type: 'null' },
        ],
      },
      erps: list(erp, 0, 100),
    }),
    ReconciledEntry: object({
      ref: text('Of the posting, or of the entry that sums several.'),
      sku: orNull({ type: 'string' }, 'Null where the entry sums several postings.'),
      location,
      what: { type: 'string', enum: ['missing', 'twice', 'other-date', 'other-lines'] },
      date: text('`YYYY-MM-DD`, as delivered.'),
      currency,
      erpDate: { type: ['string', 'null'], description: 'As the ERP has it.' },
      lines: list(object({ account, delivered: money, erp: money }), 0, 100),
      source: {
        description: 'Null where the entry sums several postings.',
        anyOf: [
          object({
            revision: count('In the stock stream.'),
            type: text('Of the event.'),
            movementId: text("The client's id."),
          }),
          { type: 'null' },
        ],
      },
      sums: {
        description:
          'What the entry sums; null where it is of one posting. `GET /v1/postings/summaries/{ref}` names all.',
        anyOf: [object({ postings: count('How many.'), refs: list(text('Of a posting.'), 1, MOST) }), { type: 'null' }],
      },
    }),
    ForeignEntry: object({
      account,
      month,
      entry: text('What people find it by in the ERP.'),
      ref: { type: ['string', 'null'], description: 'Of a posting or an entry of several, where the ERP has one.' },
      what: text(
        '`others` posted it; `dissolved`: the ERP had refused this entry; else how the posting stands, which is no reason to be there.',
        { enum: ['others', 'dissolved', 'written-off', 'parked', 'waiting'] },
      ),
      date: text('`YYYY-MM-DD`'),
      currency,
      amount: money,
    }),
    StatementRow: object({
      account,
      currency,
      month,
      location,
      valued: money,
      waiting: money,
      parked: money,
      writtenOff: money,
      redated: money,
      delivered: money,
      unrecorded: money,
      erp: orNull({ type: 'string' }, 'Null where the ERP does not keep locations, or was not read.'),
      unexplained: orNull({ type: 'string' }, 'Null where the ERP does not keep locations, or was not read.'),
    }),
  },
};
