import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRYTON_CHART } from '../../../src/adapters/erp/tryton/default-chart.js';
import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import { decodeDelivery } from '../../../src/domain/delivery/codec.js';
import { DELIVERY_PARTITIONS, deliveryStream } from '../../../src/domain/delivery/partitions.js';
import type { Movement } from '../../../src/domain/stock/events.js';
import { DeliveryProjection } from '../../../src/projections/erp-delivery/delivery-projection.js';
import { ValuationProjection } from '../../../src/projections/valuation/valuation-projection.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, QUIET, record, settle } from '../../projections-valuation/shop.js';
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

/** A poster that starts, posts what there is, and stops. */
async function post(): Promise<void> {
  await settle(store, new ValuationProjection(store, { timeZone: 'UTC' }));
  const connector = new TrytonConnector({ ...tryton.account, chart: TRYTON_CHART }, QUIET);
  await settle(store, new DeliveryProjection(store, connector));
  await connector.close();
}

async function deliveries() {
  const streams = Array.from({ length: DELIVERY_PARTITIONS }, (_, partition) => deliveryStream('tryton', partition));
  return (await Promise.all(streams.map((stream) => eventsOf(store, stream)))).flat().map(decodeDelivery);
}

const parked = async () => (await deliveries()).filter((event) => event.type === 'Parked');
const stateOf = async (state: string) => (await accountant.moves()).filter((move) => move.state === state);

describe('a period that the accountant closes while goods are sold', () => {
  it('parks what belongs into it, and holds back only later ones of the same SKU and location', async () => {
    for (const sku of SKUS) await record(store, at(sku, 'STORE-A'), inMonth(2, received(50, '4.00', 'EUR')));
    for (const sku of SKUS) await record(store, at(sku, 'STORE-A'), inMonth(3, sold(1)));
    await post();
    expect(await stateOf('posted')).toHaveLength(60);
    await accountant.close(3);
    for (const sku of LATE) await record(store, at(sku, 'STORE-A'), inMonth(3, sold(2)));
    for (const sku of SKUS) await record(store, at(sku, 'STORE-A'), inMonth(4, sold(1)));
    for (const sku of LATE) await record(store, at(sku, 'STORE-B'), inMonth(4, received(5, '4.00', 'EUR')));
    await post();
    expect(await parked()).toHaveLength(LATE.length);
    for (const event of await parked()) {
      expect(event).toMatchObject({ code: 'PERIOD_CLOSED', detail: expect.stringContaining(`${YEAR}-03`) });
    }
    const others = SKUS.length - LATE.length;
    expect(await stateOf('posted')).toHaveLength(60 + others + LATE.length);
  });

  it('leaves no draft behind: the accountant can close every period', async () => {
    expect(await stateOf('draft')).toEqual([]);
    for (const month of [1, 2, 4, 5]) await accountant.close(month);
  });

  it('is no reason to post anything when the poster starts anew', async () => {
    const before = await accountant.moves();
    await post();
    expect(await accountant.moves()).toEqual(before);
    expect(await parked()).toHaveLength(LATE.length);
  });
});
