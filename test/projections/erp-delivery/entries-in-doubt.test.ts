import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryPostingsBook } from '../../../src/adapters/postings-book/memory/memory-postings-book.js';
import { DecideOnMany, DecideOnManyHandler } from '../../../src/commands/postings/decide-on-many.js';
import { DecideOnPosting, DecideOnPostingHandler } from '../../../src/commands/postings/decide-on-posting.js';
import type { Parked } from '../../../src/domain/delivery/events.js';
import { decodeSummary } from '../../../src/domain/delivery/summaries/codec.js';
import { summariesStream } from '../../../src/domain/delivery/summaries/summary.js';
import { WriteOffLimit } from '../../../src/domain/delivery/worth.js';
import type { Currency } from '../../../src/domain/values/currency.js';
import type { ErpOutcome, ErpPosting } from '../../../src/ports/erp.js';
import { DecisionsProjection } from '../../../src/projections/erp-delivery/decisions-projection.js';
import { SummarisingConnector } from '../../../src/projections/erp-delivery/summarising-connector.js';
import { ProjectionRunner } from '../../../src/projections/run.js';
import { SummariesLog, SummariesLogs } from '../../../src/streams/summaries-log.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, QUIET, record } from '../../projections-valuation/shop.js';
import { deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const SKUS = ['MUG', 'CUP', 'JUG'];
const LEEDS = { location: at('MUG', 'LEEDS').location };

/** An ERP that knows its entries by their refs, and says of sales what it is told to. */
class DoubtfulErp extends TrialErp {
  ofSales: 'taken' | 'unknown' | 'refused' = 'unknown';

  override async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    const outcomes: ErpOutcome[] = [];
    for (const posting of postings) outcomes.push(await this.postOne(posting));
    return outcomes;
  }

  private async postOne(posting: ErpPosting): Promise<ErpOutcome> {
    const isSale = posting.lines.some(({ role }) => role === 'cogs');
    if (this.booked.some(({ ref }) => ref === posting.ref)) return { status: 'duplicate' };
    if (isSale && this.ofSales === 'refused') return { status: 'rejected', code: 'PERIOD_CLOSED', detail: 'closed' };
    if (isSale && this.ofSales === 'unknown') return { status: 'retry-later', applied: 'unknown', detail: 'no answer' };
    return (await super.post([posting]))[0] ?? { status: 'retry-later', applied: 'no', detail: 'nothing' };
  }
}

let store: FaultyStore;
let erp: DoubtfulErp;
let now: number;
const clock = { now: () => now };

/** Bought and sold one day: the sales are one entry of each partition, and nobody knows whether the ERP took it. */
beforeEach(async () => {
  now = Date.parse('2026-03-03T00:00:01Z');
  store = new FaultyStore();
  erp = new DoubtfulErp();
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(100, '2.00'), sold(1));
  await valueAll(store);
  await deliver(async () => {
    // Others go through meanwhile, so that it is not the ERP as a whole.
    await record(store, at('PAN', 'LEEDS'), received(1, '1.00'));
    await valueAll(store);
    return (await parked()).length === SKUS.length;
  });
});

const deliver = (done: () => Promise<boolean>) =>
  deliverUntil(
    store,
    new SummarisingConnector(erp, store, clock, 'day'),
    async () => {
      now += 60_000;
      return done();
    },
    { clock, gather: { period: 'day', everyMs: 1 } },
  );
const parked = () => happened(store, 'Parked');
const isDelivered = (ref: string) => async () => (await deliveredRefs(store)).includes(ref);
const caller = { actor: 'maria', correlationId: 'request-1' };

function decideOn({ ref, valuation, attempts }: Parked, decision: 'retry' | 'redate' | 'write-off') {
  const entry = { ordinal: 0, connector: 'trial', status: 'parked', valuation, part: 0, attempts } as const;
  const handler = new DecideOnPostingHandler(
    store,
    new MemoryPostingsBook(['trial']),
    WriteOffLimit.NONE,
    new SummariesLogs(store),
    clock,
  );
  return handler.execute(new DecideOnPosting(ref, entry, { decision, comment: 'because', date: null }, caller));
}

async function first(): Promise<Parked> {
  const [one] = await parked();
  if (one === undefined) throw new Error('nothing is parked');
  return one;
}

const isInErp = async (ref: string): Promise<boolean> => {
  const summaries = (await eventsOf(store, summariesStream('trial'))).map(decodeSummary);
  const names = summaries.flatMap((each) => (each.type === 'Summarised' && each.refs.includes(ref) ? [each.ref] : []));
  return erp.booked.some((booked) => booked.ref === ref || names.includes(booked.ref));
};

describe('a posting in an entry of which nobody knows whether the ERP has it', () => {
  it('is neither written off nor given another day: the entry might get there with it all the same', async () => {
    const one = await first();
    expect(one).toMatchObject({ code: 'NEEDS_HUMAN' });
    expect(await decideOn(one, 'write-off')).toMatchObject({ code: 'entry-in-doubt', facts: { ref: one.ref } });
    expect(await decideOn(one, 'redate')).toMatchObject({ code: 'entry-in-doubt' });
    erp.ofSales = 'taken';
    expect(typeof (await decideOn(one, 'retry'))).toBe('bigint');
    await deliver(isDelivered(one.ref));
    expect(await happened(store, 'WrittenOff')).toEqual([]);
    expect(await isInErp(one.ref)).toBe(true);
  });

  it('is written off once the ERP has refused the entry, and never gets there', async () => {
    const one = await first();
    erp.ofSales = 'refused';
    await decideOn(one, 'retry');
    await deliver(async () => (await parked()).length === SKUS.length + 1);
    expect(typeof (await decideOn(one, 'write-off'))).toBe('bigint');
    erp.ofSales = 'taken';
    for (const each of await parked()) if (each.ref !== one.ref) await decideOn(each, 'retry');
    await deliver(
      async () => (await deliveredRefs(store)).filter((ref) => ref !== one.ref).length >= 2 * SKUS.length - 1,
    );
    expect(await isInErp(one.ref)).toBe(false);
  });

  it('is what a decision on many waits for', async () => {
    const decisions = new ProjectionRunner(store, new DecisionsProjection(store, 'trial', clock), QUIET);
    decisions.start();
    const filter = { code: null, from: null, to: null, sku: null, locations: '*' } as const;
    const wanted = {
      id: 'away-with-it',
      filter,
      decision: 'write-off',
      comment: 'lost',
      date: null,
      until: null,
    } as const;
    const handler = new DecideOnManyHandler(store, WriteOffLimit.NONE, clock);
    await handler.execute(new DecideOnMany('trial', wanted, false, caller));
    await decisions.reached(await store.head(['decisions-']), 20_000);
    expect(await happened(store, 'WrittenOff')).toEqual([]);
    erp.ofSales = 'refused';
    const one = await first();
    await decideOn(one, 'retry');
    await deliver(async () => (await happened(store, 'WrittenOff')).some(({ ref }) => ref === one.ref));
    await decisions.stop();
    expect(await isInErp(one.ref)).toBe(false);
  });
});

/** A store whose reading ends only once it is let go. */
class SlowStore extends FaultyStore {
  hold: Promise<void> | undefined;

  override async *readStream(...asked: Parameters<FaultyStore['readStream']>) {
    const { hold } = this;
    const events = [];
    for await (const event of super.readStream(...asked)) events.push(event);
    await hold;
    yield* events;
  }
}

it('a reading that overlaps with what was written meanwhile forgets nothing of it', async () => {
  const slow = new SlowStore();
  const [writer, reader] = [new SummariesLog(slow, 'other'), new SummariesLog(slow, 'other')];
  const ref = '00000000-0000-4000-8000-000000000001';
  const day = '2026-03-02';
  const sum = { ...LEEDS, period: day, date: day, currency: 'GBP' as Currency, lines: [], refs: [ref] };
  const before = await writer.add(sum, now);
  let letGo = () => {};
  slow.hold = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const early = reader.readOn();
  await new Promise((resolve) => setImmediate(resolve));
  slow.hold = undefined;
  await writer.dissolve(before?.ref ?? '', now);
  const after = await writer.add(sum, now);
  await reader.readOn();
  letGo();
  await early;
  expect(await reader.entryOf(ref)).toMatchObject({ ref: after?.ref });
});
