import { beforeEach, describe, expect, it } from 'vitest';
import { adjusted, received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, record } from '../../projections-valuation/shop.js';
import { deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const SKUS = Array.from({ length: 40 }, (_, index) => `SKU-${index}`);

let store: FaultyStore;
let erp: TrialErp;
beforeEach(async () => {
  store = new FaultyStore();
  erp = new TrialErp();
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(100, '2.00'));
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await deliveredRefs(store)).length === SKUS.length);
});

/** A backlog of corrections everywhere, then a sale of every fourth SKU. */
async function countedAtNight(): Promise<void> {
  for (let each = 1; each <= 9; each += 1)
    for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), adjusted(each));
  for (const sku of SKUS.filter((_, index) => index % 4 === 0)) await record(store, at(sku, 'LEEDS'), sold(1));
  await valueAll(store);
}

const allThere = async () => (await deliveredRefs(store)).length === SKUS.length * 10 + SKUS.length / 4;
const types = (sku: string) => erp.booked.filter((each) => each.sku === sku).map(({ source }) => source.type);

describe('when the ERP is slow and much is to be posted', () => {
  it('corrections let receipts and sales go first, and go before those of their own SKU and location', async () => {
    await countedAtNight();
    const before = erp.booked.length;
    await deliverUntil(store, erp, allThere, { patienceMs: -1 });
    const after = erp.booked.slice(before);
    const lastSale = after.findLastIndex(({ source }) => source.type === 'Sold');
    const lastCorrection = after.findLastIndex(({ source }) => source.type === 'Adjusted');
    expect(lastSale).toBeLessThan(lastCorrection);
    for (const [index, sku] of SKUS.entries()) {
      const sold = index % 4 === 0 ? ['Sold'] : [];
      expect(types(sku)).toEqual(['Received', ...Array.from({ length: 9 }, () => 'Adjusted'), ...sold]);
    }
    expect(new Set(erp.booked.map(({ ref }) => ref)).size).toBe(erp.booked.length);
    expect((await happened(store, 'Deferred')).length).toBeGreaterThan(0);
  });

  it('nothing is put off while the ERP keeps pace', async () => {
    await countedAtNight();
    await deliverUntil(store, erp, allThere);
    expect(await happened(store, 'Deferred')).toEqual([]);
  });
});
