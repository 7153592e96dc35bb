import { beforeEach, describe, expect, it } from 'vitest';
import {
  ChangeDecision,
  ChangeDecisionHandler,
  DecideOnMany,
  DecideOnManyHandler,
} from '../../../src/commands/postings/decide-on-many.js';
import type { WantedOfMany } from '../../../src/domain/delivery/decisions/events.js';
import { WriteOffLimit } from '../../../src/domain/delivery/worth.js';
import { Rejected } from '../../../src/domain/rejected.js';
import { DecisionsProjection } from '../../../src/projections/erp-delivery/decisions-projection.js';
import { ProjectionRunner } from '../../../src/projections/run.js';
import type { DecisionView } from '../../../src/streams/decision-view.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, QUIET, record } from '../../projections-valuation/shop.js';
import { deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const SKUS = ['MUG', 'CUP', 'JUG'];
/** Postings of each SKU in the closed month, beside the receipt of it. */
const SALES = 5;

let store: FaultyStore;
let erp: TrialErp;
let now = Date.parse('2026-04-02T10:00:00Z');
const clock = { now: () => now };

beforeEach(async () => {
  store = new FaultyStore();
  erp = new TrialErp();
  erp.firstOpenDay = '2026-04-01';
  erp.trouble = ({ date, source }) => (source.type === 'Sold' && date < '2026-04-01' ? 'period-closed' : undefined);
  for (const sku of SKUS) {
    await record(store, at(sku, 'LEEDS'), received(100, '2.00'));
    for (let sale = 1; sale <= SALES; sale += 1) await record(store, at(sku, 'LEEDS'), sold(sale));
  }
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === SKUS.length);
});

const MARCH = { code: 'PERIOD_CLOSED', from: '2026-03-01', to: '2026-03-31', sku: null, locations: '*' } as const;
const caller = (actor: string) => ({ actor, correlationId: 'request-1' });

async function decideOnMany(
  more: Partial<WantedOfMany> = {},
  { actor = 'maria', limit = '', dryRun = false } = {},
): Promise<DecisionView | Rejected> {
  const wanted: WantedOfMany = {
    id: 'close-march',
    filter: MARCH,
    decision: 'redate',
    comment: 'March stays closed',
    date: null,
    until: null,
    ...more,
  };
  const handler = new DecideOnManyHandler(store, WriteOffLimit.stored(limit), clock);
  return handler.execute(new DecideOnMany('trial', wanted, dryRun, caller(actor)));
}

const change = (how: 'approve' | 'end', actor: string, id = 'close-march') =>
  new ChangeDecisionHandler(store, clock).execute(new ChangeDecision('trial', id, how, 'agreed', caller(actor)));

/** A poster and what carries decisions out, until something is as it should be. */
async function workUntil(done: () => Promise<boolean>): Promise<void> {
  const decisions = new ProjectionRunner(store, new DecisionsProjection(store, 'trial', clock), QUIET);
  decisions.start();
  await deliverUntil(store, erp, done, { clock });
  await decisions.stop();
}

/** Whatever can be carried out now is. */
async function carryOut(): Promise<void> {
  const decisions = new DecisionsProjection(store, 'trial', clock);
  await decisions.start();
  await decisions.idle();
}

const resolved = async (type: 'Redated' | 'WrittenOff' | 'Retried') => happened(store, type);
const isDelivered = (count: number) => async () => (await deliveredRefs(store)).length === count;
const ALL = SKUS.length * (SALES + 1);

describe('one decision about all that a closed month has parked', () => {
  it('is carried out on what is parked and on what it held back, each with the name of whoever decided', async () => {
    await decideOnMany();
    await workUntil(isDelivered(ALL));
    const redated = await resolved('Redated');
    expect(redated).toHaveLength(SKUS.length * SALES);
    for (const event of redated) {
      expect(event).toMatchObject({ actor: 'maria', comment: 'March stays closed', under: 'close-march' });
    }
    const sales = erp.booked.filter(({ source }) => source.type === 'Sold');
    expect(new Set(sales.map(({ date }) => date))).toEqual(new Set(['2026-04-01']));
    expect(new Set(erp.booked.map(({ ref }) => ref)).size).toBe(ALL);
  });

  it('says beforehand how many postings that is and what they are worth, and changes nothing by that', async () => {
    const view = await decideOnMany({}, { dryRun: true });
    // 1 of each is parked; 2 + 3 + 4 + 5 units at 2.00 are behind it.
    expect(view).toMatchObject({
      backlog: {
        parked: { count: 3, worth: new Map([['GBP', 600n]]) },
        heldBack: { count: 12, worth: new Map([['GBP', 8_400n]]) },
      },
    });
    expect(await change('end', 'maria').catch((error: Error) => error.message)).toMatch(/no decision/);
  });

  it('is not done before what it held back has gone on as well', async () => {
    await decideOnMany();
    await carryOut();
    const nothing = { count: 0 };
    // What comes behind the first ones may park any moment.
    expect(await decideOnMany()).toMatchObject({ backlog: { parked: nothing, heldBack: nothing, isOnItsWay: true } });
    await workUntil(isDelivered(ALL));
    expect(await decideOnMany()).toMatchObject({ backlog: { parked: nothing, heldBack: nothing, isOnItsWay: false } });
  });

  it('is made once under its id; another under the same id is refused', async () => {
    const [one, two] = [await decideOnMany(), await decideOnMany()];
    expect(two).toMatchObject({ decision: { wanted: (one as DecisionView).decision.wanted, at: now } });
    expect(await decideOnMany({ decision: 'retry' })).toMatchObject({ code: 'id-reused' });
  });

  it('is about nothing else: another SKU, another reason and other days are left alone', async () => {
    const mug = { ...MARCH, sku: at('MUG', 'LEEDS').sku };
    await decideOnMany({ id: 'other-reason', filter: { ...MARCH, code: 'BAD_ACCOUNT' } });
    await decideOnMany({ id: 'other-days', filter: { ...MARCH, from: '2026-03-03' } });
    await decideOnMany({ id: 'other-place', filter: { ...MARCH, locations: [at('X', 'YORK').location] } });
    await decideOnMany({ id: 'mugs', filter: mug });
    await workUntil(isDelivered(SKUS.length + SALES));
    expect(new Set((await resolved('Redated')).map(({ under }) => under))).toEqual(new Set(['mugs']));
  });

  it('does not go on for ever with what stays wrong: each posting is retried once', async () => {
    await decideOnMany({ decision: 'retry' });
    await workUntil(async () => (await happened(store, 'Parked')).length === 2 * SKUS.length);
    await carryOut();
    expect(await resolved('Retried')).toHaveLength(SKUS.length);
    expect(await happened(store, 'Parked')).toHaveLength(2 * SKUS.length);
  });

  it('survives a poster that dies between its records', async () => {
    await decideOnMany();
    let appends = 0;
    store.fault = (stream) => {
      if (!/^(decisions|delivery)-/.test(stream)) return undefined;
      appends += 1;
      return appends % 9 === 5 && appends < 50 ? 'unanswered' : undefined;
    };
    await workUntil(isDelivered(ALL));
    expect(await resolved('Redated')).toHaveLength(SKUS.length * SALES);
    expect(new Set(await deliveredRefs(store)).size).toBe(ALL);
  });

  it('holds for what was recorded before it, or with an end for what parks until then', async () => {
    await decideOnMany();
    await workUntil(isDelivered(ALL));
    await record(store, at('MUG', 'LEEDS'), sold(7));
    await valueAll(store);
    const parked = async () => (await happened(store, 'Parked')).length;
    await workUntil(async () => (await parked()) === SKUS.length * SALES + 1);
    await carryOut();
    expect(await deliveredRefs(store)).toHaveLength(ALL);
    await decideOnMany({ id: 'until-may', until: now + 1_000 });
    await record(store, at('MUG', 'LEEDS'), sold(8));
    await valueAll(store);
    await workUntil(isDelivered(ALL + 2));
    now += 1_000;
    await record(store, at('MUG', 'LEEDS'), sold(9));
    await valueAll(store);
    await workUntil(async () => (await parked()) === SKUS.length * SALES + 3);
    expect(await deliveredRefs(store)).toHaveLength(ALL + 2);
  });

  it('ends when somebody says so', async () => {
    await decideOnMany();
    await change('end', 'john');
    await carryOut();
    expect(await resolved('Redated')).toEqual([]);
  });
});

describe('writing off many', () => {
  const writeOff = (limit: string, more: Partial<WantedOfMany> = {}) =>
    decideOnMany({ decision: 'write-off', ...more }, { limit });
  const amounts = async () => (await resolved('WrittenOff')).length;

  it('is the decision of one person within the limit', async () => {
    expect(await writeOff('GBP:90')).toMatchObject({ decision: { needsTwo: false } });
    await workUntil(async () => (await amounts()) === SKUS.length * SALES);
    expect(erp.booked).toHaveLength(SKUS.length);
  });

  it('takes two as soon as the sum is above it, however small each one is', async () => {
    expect(await writeOff('GBP:89.99')).toMatchObject({ decision: { needsTwo: true } });
    await carryOut();
    expect(await amounts()).toBe(0);
    expect(await change('approve', 'maria')).toMatchObject({ decision: { approvedBy: null } });
    expect(await change('approve', 'john')).toMatchObject({ decision: { approvedBy: 'john' } });
    await workUntil(async () => (await amounts()) === SKUS.length * SALES);
    expect((await resolved('WrittenOff'))[0]).toMatchObject({ actor: 'john', proposedBy: 'maria' });
  });

  it('takes two also where it is split into several decisions', async () => {
    const of = (sku: string) => ({ id: sku, filter: { ...MARCH, sku: at(sku, 'LEEDS').sku } });
    expect(await writeOff('GBP:60', of('MUG'))).toMatchObject({ decision: { needsTwo: false } });
    await workUntil(async () => (await amounts()) === SALES);
    expect(await writeOff('GBP:60', of('CUP'))).toMatchObject({ decision: { needsTwo: false } });
    await workUntil(async () => (await amounts()) === 2 * SALES);
    expect(await writeOff('GBP:60', of('JUG'))).toMatchObject({ decision: { needsTwo: true } });
  });

  it('stops at the limit when more parks than there was to be seen', async () => {
    await writeOff('GBP:90', { until: now + 60_000 });
    await workUntil(async () => (await amounts()) === SKUS.length * SALES);
    await record(store, at('MUG', 'LEEDS'), sold(1));
    await valueAll(store);
    await workUntil(async () => (await happened(store, 'Parked')).length === SKUS.length * SALES + 1);
    await carryOut();
    expect(await amounts()).toBe(SKUS.length * SALES);
    await change('approve', 'john');
    await workUntil(async () => (await amounts()) === SKUS.length * SALES + 1);
  });

  it('in a currency that is not named takes two always', async () => {
    expect(await writeOff('EUR:1000000')).toMatchObject({ decision: { needsTwo: true } });
    expect(await change('approve', 'john')).not.toBeInstanceOf(Rejected);
  });
});
