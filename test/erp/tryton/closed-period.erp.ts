import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import { deliveryStream, partitionOf } from '../../../src/domain/delivery/partitions.js';
import type { Movement } from '../../../src/domain/stock/events.js';
import { stockKeyOf } from '../../../src/domain/values/identifiers.js';
import { ValuationProjection } from '../../../src/projections/valuation/valuation-projection.js';
import { appendDeliveries, loadDeliveries } from '../../../src/streams/delivery-streams.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { deliveriesOf, deliverUntil } from '../../projections/erp-delivery/poster.js';
import { at, FaultyStore, QUIET, record, settle } from '../../projections-valuation/shop.js';
import { Accountant } from './books.js';
import { Tryton } from './tryton.mjs';

const SKUS = Array.from({ length: 30 }, (_, index) => `SKU-${index}`);
const LATE = SKUS.filter((_, index) => index % 5 === 0);
const YEAR = new Date().getFullYear();

let tryton: Tryton;
let accountant: Accountant;
const store = new FaultyStore();

beforeAll(async () => {
  tryton = await Tryton.start();
  accountant = new Accountant(tryton);
});
afterAll(() => tryton.stop());

/** In the middle of a month of this year. */
const inMonth = (month: number, movement: Movement): Movement => ({
  ...movement,
  occurredAt: Date.UTC(YEAR, month - 1, 15, 12),
});

/** A poster that starts, and stops once it has got somewhere. */
async function post(done: () => Promise<boolean>): Promise<void> {
  await settle(store, new ValuationProjection(store, { timeZone: 'UTC' }));
  const connector = new TrytonConnector(tryton.account, QUIET);
  await deliverUntil(store, connector, done);
  await connector.close();
}

const parked = async () => (await deliveriesOf(store, 'tryton')).filter((event) => event.type === 'Parked');
const movesIn = async (state: string) => (await accountant.moves()).filter((move) => move.state === state);
const isPosted = (count: number) => async () => (await movesIn('posted')).length === count;

/** A person decides about each of what is parked. */
async function decide(said: { type: 'Retried' } | { type: 'Redated'; date: null }, refs: ReadonlySet<string>) {
  for (const { ref, valuation } of (await parked()).filter((event) => refs.has(event.ref))) {
    const stream = deliveryStream('tryton', partitionOf(stockKeyOf(valuation.stream).sku));
    const state = await loadDeliveries(store, stream);
    const happening = { ...said, ref, valuation, actor: 'maria', comment: 'agreed with the auditor' };
    await appendDeliveries(store, stream, state, { happenings: [happening], position: state.position, at: Date.now() });
  }
}

describe('a period that the accountant closes while goods are sold', () => {
  const others = SKUS.length - LATE.length;

  it('parks what belongs into it, and holds back only later ones of the same SKU and location', async () => {
    for (const sku of SKUS) await record(store, at(sku, 'STORE-A'), inMonth(2, received(50, '4.00', 'EUR')));
    for (const sku of SKUS) await record(store, at(sku, 'STORE-A'), inMonth(3, sold(1)));
    await post(isPosted(60));
    await accountant.close(3);
    for (const sku of LATE) await record(store, at(sku, 'STORE-A'), inMonth(3, sold(2)));
    for (const sku of SKUS) await record(store, at(sku, 'STORE-A'), inMonth(4, sold(1)));
    for (const sku of LATE) await record(store, at(sku, 'STORE-B'), inMonth(4, received(5, '4.00', 'EUR')));
    await post(async () => (await isPosted(60 + others + LATE.length)()) && (await parked()).length === LATE.length);
    for (const event of await parked()) {
      expect(event).toMatchObject({ code: 'PERIOD_CLOSED', detail: expect.stringContaining(`${YEAR}-03`) });
    }
  });

  it('leaves no draft behind: the accountant can close every period', async () => {
    expect(await movesIn('draft')).toEqual([]);
    for (const month of [1, 2]) await accountant.close(month);
  });

  it('goes on by the decision of a person: into the next open period, or into its own once it is reopened', async () => {
    const refs = (await parked()).map(({ ref }) => ref);
    const redated = new Set(refs.slice(0, 3));
    const retried = new Set(refs.slice(3));
    await decide({ type: 'Redated', date: null }, redated);
    await post(isPosted(60 + others + LATE.length + 6));
    await accountant.reopen(3);
    await decide({ type: 'Retried' }, retried);
    await post(isPosted(60 + SKUS.length + 2 * LATE.length));
    const connector = new TrytonConnector(tryton.account, QUIET);
    const dates = [...(await connector.entries(refs))].map(([ref, { date }]) => [redated.has(ref), date]);
    expect(new Set(dates.map(([isRedated, date]) => `${isRedated} ${date}`))).toEqual(
      new Set([`true ${YEAR}-04-01`, `false ${YEAR}-03-15`]),
    );
    expect(await movesIn('draft')).toEqual([]);
  });
});
