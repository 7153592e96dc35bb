import { COSTING_METHODS } from '../../../domain/master-data/sku.js';
import { DAMAGED_TREATMENTS, DEFAULT_RULES } from '../../../domain/valuation/posting-rules.js';
import type { Area } from '../area.js';
import { count, currency, instant, list, location, object, position, ref, sku, text, whole } from '../schema.js';

const REPLAYS_PATH = '/v1/replays';

const connector = text('The connector whose ERP is looked at.', { pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const money = (description: string) => text(description, { pattern: '^-?\\d+(\\.\\d+)?$' });
const account = text('As the ERP calls it.');
const amounts = {
  before: money('As it is posted.'),
  after: money('As the rules have it.'),
  difference: money('What is posted on it for the rules.'),
};
const dryRun = { type: 'boolean', description: 'Only says what would be posted.' };

export const POSTINGS_REPLAYS: Area = {
  operations: [
    {
      method: 'post',
      path: REPLAYS_PATH,
      summary: 'Look every posting up in the ERP again, and post what it should have and has not.',
      description:
        'A posting is looked up by its ref before anything is sent, so a replay is harmless however often it runs. ' +
        '`from` and `to` are positions or instants of business time. What is pending or parked is left to the poster. ' +
        'With `rules` everything in the range is valued anew by them, and only what that changes is posted: each ' +
        'change under the ref of its event and `.r` with the version, dated `date`. From then on they hold for good ' +
        'there, so there is no `to`. A dry run says what would change and writes nothing. ' +
        'With a `chart`, what the ERP has on accounts of an older one goes over, dated `date`, to those of this one, ' +
        'which the connector has to post by already unless it is a dry run.',
      scope: 'postings:write',
      body: 'ReplayRequest',
      example: {
        summary: 'What would have to be posted again after the ERP was restored from a backup?',
        path: REPLAYS_PATH,
        body: { connector: 'journal', from: '2026-11-01T00:00:00Z', dryRun: true },
      },
      answers: { 202: 'Replay' },
      problems: [503],
    },
    {
      method: 'get',
      path: `${REPLAYS_PATH}/{id}`,
      summary: 'How far a replay is, and what it found.',
      scope: 'postings:read',
      answers: { 200: 'Replay' },
      problems: [404, 503],
    },
  ],
  schemas: {
    ReplayRequest: object(
      {
        connector,
        from: text('A position or an instant.'),
        to: text('A position or an instant; without it what is there now.'),
        sku,
        location,
        dryRun,
        rules: ref('NewRules'),
        chart: ref('NewChart'),
        date: text('`YYYY-MM-DD`, of what is posted for `rules` or a `chart`; without it today.', {
          format: 'date',
        }),
      },
      ['from', 'to', 'sku', 'location', 'rules', 'chart', 'date'],
    ),
    Replay: object(
      {
        id: text('Of the replay.'),
        status: { enum: ['running', 'finished', 'refused'] },
        connector,
        dryRun,
        from: position,
        to: position,
        occurredFrom: instant,
        occurredTo: instant,
        sku,
        location,
        reached: position,
        looked: count('Postings looked at.'),
        present: count('In the ERP.'),
        open: count('Pending or parked.'),
        writtenOff: count('That never go to the ERP.'),
        missing: count('On record as delivered, and not in the ERP.'),
        posted: count('Those of the missing that were posted.'),
        rejected: count('Those that the ERP refused.'),
        examples: list(text('Ref of one that is missing.'), 0, 20),
        rules: ref('NewRules'),
        chart: text('Name and version of the new chart.'),
        date: text('Of what is posted for the change.', { format: 'date' }),
        changes: ref('ReplayChanges'),
        position,
      },
      ['from', 'occurredFrom', 'occurredTo', 'sku', 'location', 'rules', 'chart', 'date', 'changes'],
    ),
    NewRules: object({
      version: whole('Higher than that of any rules in the range.', DEFAULT_RULES.version + 1, 1_000_000),
      costing: { enum: COSTING_METHODS, description: 'Of SKUs whose master data name no method.' },
      damaged: { enum: DAMAGED_TREATMENTS, description: 'What becomes of the value of damaged goods.' },
    }),
    NewChart: {
      type: 'object',
      description: 'A chart of accounts as ERP_CHART names one: name, version and an account, or rules, for each role.',
      required: ['name', 'version', 'accounts'],
    },
    ReplayChanges: object(
      {
        refused: text('Why nothing was done.'),
        streams: count('SKUs at locations looked at that did not have these rules.'),
        changed: count('Those of them for which something is posted.'),
        adjustments: count('What is posted.'),
        examples: list(
          object({
            ref: text('Of the posting: the event id, and `.r` with the version behind it.'),
            sku,
            location,
            currency,
            lines: list(object({ account, amount: money('Debits above 0.') }), 1, 100),
          }),
          0,
          20,
        ),
        valueOnHand: list(object({ currency, ...amounts }), 0, 200),
        accounts: list(object({ account, currency, ...amounts }), 0, 100_000),
        lines: list(
          object({ account, location, currency, period: text("`YYYY-MM`, of the movements' own dates."), ...amounts }),
          0,
          2_000,
        ),
        linesLeftOut: count('Lines that differ less than those that are shown.'),
      },
      ['refused'],
    ),
  },
};
