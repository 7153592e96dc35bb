import { beforeEach, describe, expect, it } from 'vitest';
import { deliveryStream, partitionOf } from '../../../src/domain/delivery/partitions.js';
import { decodeSummary } from '../../../src/domain/delivery/summaries/codec.js';
import {
  groupOf,
  type Summarised,
  type SummaryPeriod,
  summariesStream,
  sumUp,
} from '../../../src/domain/delivery/summaries/summary.js';
import { decodeValued, VALUED } from '../../../src/domain/valuation/codec.js';
import type { Currency } from '../../../src/domain/values/currency.js';
import { stockKeyOf } from '../../../src/domain/values/identifiers.js';
import type { ErpOutcome, ErpPosting } from '../../../src/ports/erp.js';
import { DeliveryProjection } from '../../../src/projections/erp-delivery/delivery-projection.js';
import { SummarisingConnector } from '../../../src/projections/erp-delivery/summarising-connector.js';
import { appendDeliveries, loadDeliveries } from '../../../src/streams/delivery-streams.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, record } from '../../projections-valuation/shop.js';
import { decideParked, deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const SKUS = Array.from({ length: 6 }, (_, index) => `SKU-${index}`);
const SALES = 4;
const ALL = SKUS.length * (1 + SALES);

/** An ERP that knows its entries by their refs, as they all do. */
class BooksErp extends TrialErp {
  override async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    const known = new Set(this.booked.map(({ ref }) => ref));
    const fresh = postings.filter(({ ref }) => !known.has(ref));
    const outcomes = new Map<string, ErpOutcome>();
    for (const [index, outcome] of (await super.post(fresh)).entries()) outcomes.set(fresh[index]?.ref ?? '', outcome);
    return postings.map(({ ref }) => outcomes.get(ref) ?? { status: 'duplicate' });
  }
}

let store: FaultyStore;
let erp: BooksErp;
let now = Date.parse('2026-03-03T00:00:01Z');
const clock = { now: () => now };

beforeEach(async () => {
  now = Date.parse('2026-03-03T00:00:01Z');
  store = new FaultyStore();
  erp = new BooksErp();
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(100, '2.00'));
  for (let sale = 1; sale <= SALES; sale += 1)
    for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), sold(sale));
  await valueAll(store);
});

const connect = (period: SummaryPeriod | null = 'day') => new SummarisingConnector(erp, store, clock, period);
const deliver = (done: () => boolean | Promise<boolean>, period: SummaryPeriod = 'day') =>
  deliverUntil(store, connect(period), done, { clock, gather: { period, everyMs: 1 } });
const isDelivered = (count: number) => async () => (await deliveredRefs(store)).length === count;

async function entries(): Promise<Summarised[]> {
  const events = (await eventsOf(store, summariesStream('trial'))).map(decodeSummary);
  return events.filter((event): event is Summarised => event.type === 'Summarised');
}

/** What an ERP holds by role, of all entries. */
function balances(postings: readonly Pick<ErpPosting, 'lines'>[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { role, amount } of postings.flatMap(({ lines }) => lines)) sums[role] = (sums[role] ?? 0n) + amount;
  return sums;
}

async function valued(): Promise<{ refs: string[]; balances: Record<string, bigint> }> {
  const postings = [];
  for await (const event of store.readAll({ streamPrefixes: ['valuation-'] })) {
    if (event.type === VALUED) postings.push(...decodeValued(event.data).postings);
  }
  return { refs: postings.map(({ ref }) => ref), balances: balances(postings) };
}

/** Everything is in the ERP once, summed up or not. */
async function expectAllOnce(): Promise<void> {
  const { refs, balances: sums } = await valued();
  expect(balances(erp.booked)).toEqual(sums);
  const lineage = new Map((await entries()).map((entry) => [entry.ref, entry.refs]));
  const inErp = erp.booked.flatMap(({ ref }) => lineage.get(ref) ?? [ref]);
  expect(inErp.sort()).toEqual(refs.sort());
  expect((await deliveredRefs(store)).sort()).toEqual(refs);
}

describe('postings summed up', () => {
  it('are one entry for each location, day and accounts, with all that it sums on record', async () => {
    await deliver(isDelivered(ALL));
    await expectAllOnce();
    // SKUs of a partition go together, and there are eight.
    expect(erp.booked.length).toBeLessThan(ALL / 2);
    for (const { source, date, location } of erp.booked) {
      expect([source.type, date, location]).toEqual(['Summarised', '2026-03-02', 'LEEDS']);
    }
    const roles = erp.booked.map(({ lines }) => lines.map(({ role }) => role).join());
    expect(new Set(roles)).toEqual(new Set(['inventory,grni', 'inventory,cogs']));
  });

  it('of a month are one entry on its last day', async () => {
    await deliver(isDelivered(ALL), 'month');
    await expectAllOnce();
    expect(new Set((await entries()).map(({ period }) => period))).toEqual(new Set(['2026-03']));
  });

  it('wait until the day is over', async () => {
    now = Date.parse('2026-03-02T23:59:59Z');
    const projection = new DeliveryProjection(store, connect(), { clock, gather: { period: 'day' } });
    await projection.start();
    const events = [];
    for await (const event of store.readAll({ streamPrefixes: ['valuation-'] })) events.push(event);
    await projection.handle({ events, position: events.at(-1)?.position ?? 0n, live: true });
    expect(erp.booked).toEqual([]);
    now = Date.parse('2026-03-03T00:00:00Z');
    await projection.idle();
    await expectAllOnce();
  });

  it('that come later go into another entry; what was sent is never changed', async () => {
    await deliver(isDelivered(ALL));
    const before = [...erp.booked];
    await record(store, at('SKU-0', 'LEEDS'), sold(5));
    await valueAll(store);
    await deliver(isDelivered(ALL + 1));
    expect(erp.booked.slice(0, before.length)).toEqual(before);
    await expectAllOnce();
  });

  it('are found by their entry: a posting has one, and one that is not posted has none', async () => {
    await deliver(isDelivered(ALL));
    const { refs } = await valued();
    const connector = connect();
    expect(await connector.find([...refs, 'no-such-ref'])).toEqual(new Set(refs));
    const [ref = ''] = refs;
    expect((await connector.summedIn([ref])).get(ref)?.refs).toContain(ref);
  });

  it('stay what they are when nothing is summed any more, and what was posted alone before stays alone', async () => {
    await deliverUntil(store, connect(null), isDelivered(ALL), { clock });
    expect(erp.booked).toHaveLength(ALL);
    await record(store, at('SKU-0', 'LEEDS'), sold(5), sold(6));
    await valueAll(store);
    await deliver(isDelivered(ALL + 2));
    expect(erp.booked).toHaveLength(ALL + 1);
    const { refs } = await valued();
    const plain = connect(null);
    await plain.open();
    expect(await plain.find(refs)).toEqual(new Set(refs));
    await record(store, at('SKU-1', 'LEEDS'), sold(5));
    await valueAll(store);
    await deliverUntil(store, plain, isDelivered(ALL + 3), { clock });
    await expectAllOnce();
  });

  it('that the ERP lost are posted again as the entry that they were', async () => {
    await deliver(isDelivered(ALL));
    const lost = erp.booked.splice(0, 1);
    const { refs } = await valued();
    const connector = connect();
    const found = await connector.find(refs);
    const missing = refs.filter((ref) => !found.has(ref));
    expect(missing.length).toBeGreaterThan(0);
    const postings = missing.map((ref) => ({ ...(lost[0] as ErpPosting), ref }));
    const outcomes = await connector.post(postings);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['posted']));
    await expectAllOnce();
  });
});

describe('what is summed', () => {
  const posting = (amount: bigint, account: string) => ({
    ref: account,
    date: '2026-03-02',
    currency: 'GBP' as Currency,
    location: at('MUG', 'LEEDS').location,
    lines: [
      { role: 'cogs' as const, location: at('MUG', 'LEEDS').location, amount, account },
      { role: 'cogs' as const, location: at('MUG', 'LEEDS').location, amount: -amount, account: '5000' },
    ],
  });

  it('is told apart by the account, where amounts only move between accounts', () => {
    const one = posting(100n, '5001');
    expect(groupOf(one, 'day')).not.toBe(groupOf(posting(100n, '5002'), 'day'));
    const amounts = sumUp([one, one], 'day').lines.map(({ account, amount }) => [account, amount]);
    expect(amounts).toEqual([
      ['5001', 200n],
      ['5000', -200n],
    ]);
  });
});

describe('whatever fails in between', () => {
  it.each(['summaries-', 'delivery-'])(
    'an answer of the store that is lost about %s makes no second entry',
    async (prefix) => {
      let appends = 0;
      store.fault = (stream) => {
        if (!stream.startsWith(prefix)) return undefined;
        appends += 1;
        if (appends > 8) return undefined;
        return appends % 3 === 0 ? 'unanswered' : appends % 3 === 1 ? 'lost' : undefined;
      };
      await deliver(isDelivered(ALL));
      await expectAllOnce();
    },
  );

  it('an answer of the ERP that is lost is looked up', async () => {
    let losses = 3;
    erp.trouble = () => (losses-- > 0 ? 'applied-but-unanswered' : undefined);
    await deliver(isDelivered(ALL));
    await expectAllOnce();
  });

  it('what is not taken is sent again as the same entry', async () => {
    let losses = 5;
    erp.trouble = () => (losses-- > 0 ? 'not-applied' : undefined);
    await deliver(isDelivered(ALL));
    await expectAllOnce();
  });
});

describe('what the ERP refuses of a sum', () => {
  it('for a closed period is parked posting by posting, and goes on as a person decides', async () => {
    erp.trouble = ({ date, lines }) =>
      date < '2026-04-01' && lines.some(({ role }) => role === 'cogs') ? 'period-closed' : undefined;
    await deliver(async () => (await happened(store, 'Parked')).length === SKUS.length);
    expect(balances(erp.booked).cogs).toBeUndefined();
    await decideParked(store, { type: 'Redated', date: '2026-04-01', actor: 'maria', comment: 'closed' });
    await deliver(async () => (await deliveredRefs(store)).length === SKUS.length + 1);
    expect(erp.booked.at(-1)?.date).toBe('2026-04-01');
    erp.trouble = () => undefined;
    for (const { ref, valuation } of await happened(store, 'Parked')) await retry(ref, valuation);
    await deliver(isDelivered(ALL));
    await expectAllOnce();
  });

  it('because of one posting parks that one alone', async () => {
    const { refs } = await valued();
    const bad = refs.at(-1) ?? '';
    const lineage = async () => new Map((await entries()).map((entry) => [entry.ref, entry.refs]));
    const answer = erp.post.bind(erp);
    erp.post = async (postings) => {
      const sums = await lineage();
      const isBad = ({ ref }: ErpPosting) => (sums.get(ref) ?? [ref]).includes(bad);
      const outcomes: ErpOutcome[] = [];
      for (const posting of postings) {
        if (isBad(posting)) outcomes.push({ status: 'rejected', code: 'INVALID', detail: 'no such thing' });
        else outcomes.push(...(await answer([posting])));
      }
      return outcomes;
    };
    await deliver(isDelivered(ALL - 1));
    expect((await happened(store, 'Parked')).map(({ ref }) => ref)).toEqual([bad]);
  });
});

/** A person says so of one that is still parked. */
const retry = async (ref: string, valuation: { stream: string; revision: number }) => {
  const stream = deliveryStream('trial', partitionOf(stockKeyOf(valuation.stream).sku));
  const state = await loadDeliveries(store, stream);
  if (state.standstills.get(valuation.stream)?.parked?.ref !== ref) return;
  const happenings = [{ type: 'Retried', ref, valuation, actor: 'maria', comment: 'open again' }] as const;
  await appendDeliveries(store, stream, state, { happenings, position: state.position, at: 1 });
};
