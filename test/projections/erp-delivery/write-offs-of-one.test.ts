import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryPostingsBook } from '../../../src/adapters/postings-book/memory/memory-postings-book.js';
import { DecideOnMany, DecideOnManyHandler } from '../../../src/commands/postings/decide-on-many.js';
import { DecideOnPosting, DecideOnPostingHandler } from '../../../src/commands/postings/decide-on-posting.js';
import { WriteOffLimit } from '../../../src/domain/delivery/worth.js';
import { Rejected } from '../../../src/domain/rejected.js';
import { stockKeyOf } from '../../../src/domain/values/identifiers.js';
import { SummariesLogs } from '../../../src/streams/summaries-log.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, record } from '../../projections-valuation/shop.js';
import { deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const SKUS = ['MUG', 'CUP', 'JUG', 'PAN'];
const DAY_MS = 86_400_000;
/** Two postings, and not a third. */
const LIMIT = WriteOffLimit.stored('*:5.00');

let store: FaultyStore;
let now: number;
const clock = { now: () => now };

/** A sale of each SKU, worth 2.00, is parked. */
beforeEach(async () => {
  now = Date.parse('2026-04-02T10:00:00Z');
  store = new FaultyStore();
  const erp = new TrialErp();
  erp.trouble = ({ source }) => (source.type === 'Sold' ? 'period-closed' : undefined);
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(10, '2.00'), sold(1));
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === SKUS.length);
});

const caller = (actor: string) => ({ actor, correlationId: 'request-1' });

async function writeOff(nth: number, actor: string) {
  const one = (await happened(store, 'Parked'))[nth];
  if (one === undefined) throw new Error('so many are not parked');
  const { ref, valuation, attempts } = one;
  const entry = { ordinal: 0, connector: 'trial', status: 'parked', valuation, part: 0, attempts } as const;
  const handler = new DecideOnPostingHandler(
    store,
    new MemoryPostingsBook(['trial']),
    LIMIT,
    new SummariesLogs(store),
    clock,
  );
  const wanted = { decision: 'write-off', comment: 'lost', date: null } as const;
  return handler.execute(new DecideOnPosting(ref, entry, wanted, caller(actor)));
}

async function wouldNeedTwo(actor: string): Promise<boolean> {
  const { sku } = stockKeyOf((await happened(store, 'Parked')).at(-1)?.valuation.stream ?? '');
  const filter = { code: null, from: null, to: null, sku, locations: '*' } as const;
  const wanted = { id: 'rest', filter, decision: 'write-off', comment: 'lost', date: null, until: null } as const;
  const handler = new DecideOnManyHandler(store, LIMIT, clock);
  const view = await handler.execute(new DecideOnMany('trial', wanted, true, caller(actor)));
  if (view instanceof Rejected) throw new Error(view.code);
  return view.decision.needsTwo;
}

const writtenOff = async () =>
  (await happened(store, 'WrittenOff')).map(({ actor, proposedBy }) => [actor, proposedBy]);

describe('what one person writes off in a day, one by one', () => {
  it('is one sum: what goes beyond the limit is a proposal, until another person agrees', async () => {
    for (const nth of [0, 1, 2]) await writeOff(nth, 'maria');
    expect(await writtenOff()).toEqual([
      ['maria', null],
      ['maria', null],
    ]);
    expect(await happened(store, 'WriteOffProposed')).toHaveLength(1);
    await writeOff(2, 'maria');
    expect(await writtenOff()).toHaveLength(2);
    await writeOff(2, 'otto');
    expect(await writtenOff()).toContainEqual(['otto', 'maria']);
  });

  it('is over after 24 hours, and nothing of it is held against others', async () => {
    for (const nth of [0, 1]) await writeOff(nth, 'maria');
    await writeOff(2, 'otto');
    now += DAY_MS;
    await writeOff(3, 'maria');
    expect((await writtenOff()).sort()).toEqual([
      ['maria', null],
      ['maria', null],
      ['maria', null],
      ['otto', null],
    ]);
  });

  it('counts against what they decide on many', async () => {
    expect(await wouldNeedTwo('maria')).toBe(false);
    for (const nth of [0, 1]) await writeOff(nth, 'maria');
    expect(await wouldNeedTwo('maria')).toBe(true);
    expect(await wouldNeedTwo('otto')).toBe(false);
  });

  it('counts once, also when it took a second try', async () => {
    let losses = 1;
    store.fault = (stream) => (stream.startsWith('delivery-') && losses-- > 0 ? 'lost' : undefined);
    await expect(writeOff(0, 'maria')).rejects.toThrow('lost');
    await writeOff(0, 'maria');
    await writeOff(1, 'maria');
    expect(await writtenOff()).toHaveLength(2);
  });
});
