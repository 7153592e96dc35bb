import type { Area } from '../area.js';
import { count, instant, list, location, object, position, sku, text } from '../schema.js';

const REPLAYS_PATH = '/v1/replays';

const connector = text('The connector whose ERP is looked at.', { pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const dryRun = { type: 'boolean', description: 'Only says what would be posted.' };

export const POSTINGS_REPLAYS: Area = {
  operations: [
    {
      method: 'post',
      path: REPLAYS_PATH,
      summary: 'Look every posting up in the ERP again, and post what it should have and has not.',
      description:
        'A posting is looked up by its ref before anything is sent, so a replay is harmless however often it runs. ' +
        '`from` and `to` are positions or instants of business time. What is pending or parked is left to the poster.',
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
      },
      ['from', 'to', 'sku', 'location'],
    ),
    Replay: object(
      {
        id: text('Of the replay.'),
        status: { enum: ['running', 'finished'] },
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
        position,
      },
      ['from', 'occurredFrom', 'occurredTo', 'sku', 'location'],
    ),
  },
};
