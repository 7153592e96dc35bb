import { beforeEach, describe, expect, it } from 'vitest';
import type { ErpPosting } from '../../../src/ports/erp.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, record } from '../../projections-valuation/shop.js';
import { deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const SKUS = Array.from({ length: 40 }, (_, index) => `SKU-${index}`);

let store: FaultyStore;
let erp: TrialErp;
beforeEach(async () => {
  store = new FaultyStore();
  erp = new TrialErp();
  erp.batchLimit = 50;
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(10, '2.00'), sold(1), sold(2));
  await valueAll(store);
});

const isBad = ({ sku, source }: ErpPosting) => sku === 'SKU-7' && source.revision === 1;
const booked = (sku: string) => erp.booked.filter((each) => each.sku === sku).map(({ source }) => source.revision);
const allOthersAreThere = async () => (await deliveredRefs(store)).length >= (SKUS.length - 1) * 3 + 1;

/** Everything but the bad posting and what is behind it arrived, once and in order. */
function expectOthersOnce(): void {
  for (const sku of SKUS) expect(booked(sku)).toEqual(sku === 'SKU-7' ? [0] : [0, 1, 2]);
}

describe('one bad posting', () => {
  it('is found among those it came with, which go on without it', async () => {
    erp.trouble = (posting) => (isBad(posting) ? 'breaks-batch' : undefined);
    await deliverUntil(
      store,
      erp,
      async () => (await allOthersAreThere()) && (await happened(store, 'Parked')).length > 0,
    );
    expectOthersOnce();
    expect(await happened(store, 'Parked')).toMatchObject([
      { code: 'INVALID', detail: 'no such thing', valuation: { stream: 'valuation-SKU-7@LEEDS', revision: 1 } },
    ]);
    expect(erp.calls).toBeLessThan(60);
  });

  it('on which the ERP fails every time, while it takes others, is for a person to look at', async () => {
    erp.trouble = (posting) => (isBad(posting) ? 'breaks-always' : undefined);
    let now = 0;
    let number = 0;
    const clock = { now: () => now };
    const oneMoreSale = async () => {
      now += 60_000;
      number += 1;
      await record(store, at('OTHER', 'LEEDS'), received(number, '1.00'));
      await valueAll(store);
      return (await happened(store, 'Parked')).length > 0;
    };
    await deliverUntil(store, erp, oneMoreSale, { clock });
    expectOthersOnce();
    const [parked] = await happened(store, 'Parked');
    expect(parked).toMatchObject({ code: 'NEEDS_HUMAN', valuation: { stream: 'valuation-SKU-7@LEEDS', revision: 1 } });
    expect(parked?.attempts).toBeGreaterThanOrEqual(5);
  });

  it('holds up nobody while it is tried again, and says how often it was and why', async () => {
    erp.trouble = (posting) => (isBad(posting) ? 'breaks-always' : undefined);
    await deliverUntil(store, erp, allOthersAreThere);
    const troubles = (await happened(store, 'Deferred')).map(({ trouble }) => trouble);
    expect(troubles[0]).toMatchObject({ detail: 'internal error', attempts: 1 });
    expect(await happened(store, 'Parked')).toEqual([]);
    erp.trouble = () => undefined;
    await deliverUntil(store, erp, async () => booked('SKU-7').length === 3);
    expect(booked('SKU-7')).toEqual([0, 1, 2]);
    expect(new Set(erp.booked.map(({ ref }) => ref)).size).toBe(erp.booked.length);
  });
});

describe('an ERP that is down', () => {
  it('is left alone but for a probe from time to time, parks nothing, and gets everything once it is back', async () => {
    erp.isDown = true;
    let now = 0;
    const clock = { now: () => now };
    const options = { clock, breaker: { threshold: 3, firstOpenMs: 1_000, mostOpenMs: 8_000 } };
    let looks = 0;
    const poster = await deliverUntil(store, erp, () => ++looks > 100, options);
    expect(poster.gate.status()).toMatchObject({ breaker: 'open', lastError: 'no answer' });
    // Calls already on their way when it opened end, and nothing follows.
    expect(poster.gate.status().failed).toBeLessThan(3 + 8);
    erp.isDown = false;
    await deliverUntil(
      store,
      erp,
      () => {
        now += 1_000;
        return erp.booked.length === SKUS.length * 3;
      },
      options,
    );
    for (const sku of SKUS) expect(booked(sku)).toEqual([0, 1, 2]);
    expect(await happened(store, 'Parked')).toEqual([]);
  });
});
