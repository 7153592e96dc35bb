import type { Area } from '../area.js';
import { count, currency, instant, list, location, object, position, ref, sku, text } from '../schema.js';

const MOST = 1_000;
const money = text('Decimal: debits less credits.');
const month = text('`YYYY-MM`', { pattern: '^\\d{4}-\\d{2}$' });
const connector = text('Name of the connector.');

const erp = object({
  connector,
  delivered: count('Postings that the ERP has.'),
  pending: count('Postings that it does not have yet; the parked ones are among them.'),
  parked: count('Postings that wait for a person.'),
  writtenOff: count('Postings that it will never have.'),
  strangers: list(text('Ref of a posting that was delivered, though nothing was valued under it.'), 0, MOST),
  accounts: {
    type: ['array', 'null'],
    maxItems: MOST,
    description: 'Accounts that hold something else than was delivered; null when the ERP cannot tell.',
    items: object({
      account: text('As the ERP calls it.'),
      currency,
      month,
      delivered: money,
      erp: money,
      difference: money,
    }),
  },
  entries: {
    ...list(ref('ReconciledEntry'), 0, MOST),
    description:
      'Postings on those accounts that the ERP holds otherwise. What none of them explains, others have posted.',
  },
});

export const RECONCILIATION: Area = {
  operations: [
    {
      method: 'get',
      path: '/v1/reconciliation',
      summary: 'Streams, valuations, deliveries, read model and ERP, each against the one before.',
      description:
        'Reads every stream, so it takes its time; who asks meanwhile gets the same report. With `Accept: text/csv` a line ' +
        'for each difference. A process that posts to no ERP says nothing of one: ask the poster.',
      scope: 'postings:read',
      answers: { 200: 'Reconciliation' },
      alsoAs: { 'text/csv': 'Heads, and a line for each difference.' },
    },
  ],
  schemas: {
    Reconciliation: object({
      position,
      at: instant,
      reconciled: { type: 'boolean', description: 'Nothing differs.' },
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
      ref: text('Of the posting.'),
      sku,
      location,
      what: { type: 'string', enum: ['missing', 'other-date', 'other-lines'] },
      date: text('`YYYY-MM-DD`, as delivered.'),
      currency,
      erpDate: { type: ['string', 'null'], description: 'As the ERP has it.' },
      lines: list(object({ account: text('As the ERP calls it.'), delivered: money, erp: money }), 0, 100),
      source: object({
        revision: count('In the stock stream.'),
        type: text('Of the event.'),
        movementId: text("The client's id."),
      }),
    }),
  },
};
