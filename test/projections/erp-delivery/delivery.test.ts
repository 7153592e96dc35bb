import { beforeEach, describe, expect, it } from 'vitest';
import { decodeDelivery } from '../../../src/domain/delivery/codec.js';
import type { DeliveryEvent } from '../../../src/domain/delivery/events.js';
import { DELIVERY_PARTITIONS, deliveryStream, partitionOf } from '../../../src/domain/delivery/partitions.js';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import { DeliveryProjection } from '../../../src/projections/erp-delivery/delivery-projection.js';
import { ValuationProjection } from '../../../src/projections/valuation/valuation-projection.js';
import { adjusted, received, sold } from '../../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, record, settle } from '../../projections-valuation/shop.js';
import type { Trouble } from './trial-erp.js';
import { TrialErp } from './trial-erp.js';

const MUG = at('MUG-1', 'LEEDS');
const SKUS = Array.from({ length: 12 }, (_, index) => `SKU-${index}`);

let store: FaultyStore;
let erp: TrialErp;
beforeEach(() => {
  store = new FaultyStore();
  erp = new TrialErp();
});

const valueAll = () => settle(store, new ValuationProjection(store, { timeZone: 'Europe/London' }));
const deliver = () => settle(store, new DeliveryProjection(store, erp));

/** Receipt and nine sales of each SKU, one after the other. */
async function busyDay(): Promise<void> {
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(100, '2.00'));
  for (let sale = 1; sale <= 9; sale += 1) {
    for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), sold(sale));
  }
  await valueAll();
}

async function deliveries(): Promise<DeliveryEvent[]> {
  const streams = Array.from({ length: DELIVERY_PARTITIONS }, (_, partition) => deliveryStream('trial', partition));
  const events = await Promise.all(streams.map((stream) => eventsOf(store, stream)));
  return events.flat().map(decodeDelivery);
}

const delivered = async () => (await deliveries()).flatMap((event) => (event.type === 'Delivered' ? event.refs : []));
const parked = async () => (await deliveries()).filter((event) => event.type === 'Parked');
const quantitiesBooked = (sku: string) =>
  erp.booked.filter((posting) => posting.sku === sku).map(({ source }) => source.revision);

/** Everything arrived, once, in order, and is on record once. */
async function expectAllOnce(): Promise<void> {
  const refs = erp.booked.map(({ ref }) => ref);
  expect(new Set(refs).size).toBe(refs.length);
  for (const sku of SKUS) expect(quantitiesBooked(sku)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect((await delivered()).sort()).toEqual(refs.sort());
}

describe('postings reach the ERP', () => {
  it('each once, those of a SKU in order, in batches that the ERP can take', async () => {
    await busyDay();
    await deliver();
    await expectAllOnce();
    expect(Math.max(...erp.batchSizes)).toBe(5);
    expect(erp.booked[0]).toMatchObject({ currency: 'GBP', date: '2026-03-02', location: 'LEEDS' });
  });

  it('and none again when the poster starts anew, also without its checkpoint', async () => {
    store.fault = (stream) => (stream === 'checkpoint-delivery-trial' ? 'lost' : undefined);
    await busyDay();
    await deliver();
    await deliver();
    await expectAllOnce();
  });

  it('but not what makes no posting: goods without a known cost', async () => {
    await record(store, MUG, sold(3));
    await valueAll();
    await deliver();
    expect(erp.booked).toEqual([]);
    expect(await deliveries()).toEqual([]);
  });

  it('all of one SKU through the same partition, on every machine', () => {
    expect(['MUG-1', '85123A', 'A', 'sku.with-all_of.it'].map((sku) => partitionOf(sku as Sku))).toEqual([2, 1, 4, 5]);
  });
});

describe('whatever fails in between', () => {
  it('a poster that dies between posting and recording posts nothing twice', async () => {
    await busyDay();
    const dying = new Set(SKUS.map((sku) => deliveryStream('trial', partitionOf(sku as Sku))));
    store.fault = (stream) => (dying.delete(stream) ? 'lost' : undefined);
    await deliver();
    expect(dying.size).toBe(0);
    await expectAllOnce();
  });

  it('a successor that posts in smaller batches finds all that was in flight', async () => {
    await busyDay();
    const dying = new Set(SKUS.map((sku) => deliveryStream('trial', partitionOf(sku as Sku))));
    erp.batchLimit = 50;
    store.fault = (stream) => {
      if (!dying.delete(stream)) return undefined;
      if (dying.size === 0) erp.batchLimit = 3;
      return 'lost';
    };
    await deliver();
    expect(erp.batchLimit).toBe(3);
    await expectAllOnce();
  });

  it('a record whose answer was lost is not written twice', async () => {
    await busyDay();
    const unanswered = new Set(SKUS.map((sku) => deliveryStream('trial', partitionOf(sku as Sku))));
    store.fault = (stream) => (unanswered.delete(stream) ? 'unanswered' : undefined);
    await deliver();
    await expectAllOnce();
  });

  it.each<Trouble>(['not-applied', 'applied-but-unanswered'])(
    'postings that end %s are tried again',
    async (trouble) => {
      await busyDay();
      const troubled = new Set<string>();
      erp.trouble = ({ ref, source }) => {
        if (source.revision % 3 !== 0 || troubled.has(ref)) return undefined;
        troubled.add(ref);
        return trouble;
      };
      await deliver();
      expect(troubled.size).toBe(SKUS.length * 4);
      await expectAllOnce();
    },
    120_000,
  );

  it('one ERP and two posters: what one has recorded the other does not record again', async () => {
    await busyDay();
    await settle(store, new DeliveryProjection(store, erp), new DeliveryProjection(store, erp));
    const refs = await delivered();
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs).toHaveLength(SKUS.length * 10);
  });
});

describe('a posting that only a person can settle', () => {
  it('holds back the later ones of its SKU and location, and nothing else', async () => {
    erp.trouble = ({ sku, source }) => (sku === 'SKU-4' && source.revision === 3 ? 'period-closed' : undefined);
    await busyDay();
    await record(store, at('SKU-4', 'YORK'), received(1, '1.00'));
    await valueAll();
    await deliver();
    expect(erp.booked.filter(({ location }) => location === 'LEEDS')).toHaveLength(SKUS.length * 10 - 7);
    expect(erp.booked.filter(({ location }) => location === 'YORK')).toHaveLength(1);
    expect(await parked()).toMatchObject([
      {
        code: 'PERIOD_CLOSED',
        detail: 'March is closed',
        valuation: { stream: 'valuation-SKU-4@LEEDS', revision: 3 },
      },
    ]);
  });

  it('stays held after a restart, whatever happens around it', async () => {
    erp.trouble = ({ sku, source }) => (sku === 'SKU-4' && source.revision === 3 ? 'period-closed' : undefined);
    await busyDay();
    await deliver();
    erp.trouble = () => undefined;
    for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), adjusted(1));
    await valueAll();
    await deliver();
    await deliver();
    expect(quantitiesBooked('SKU-4')).toEqual([0, 1, 2]);
    expect(quantitiesBooked('SKU-5')).toHaveLength(11);
    expect(await parked()).toHaveLength(1);
  });

  it('is parked at once when its currency cannot be valued', async () => {
    await record(store, MUG, received(10, '2.00', 'GBP'), received(5, '3.00', 'USD'), sold(1));
    await valueAll();
    await deliver();
    expect(erp.booked.map(({ source }) => source.revision)).toEqual([0]);
    const [, foreign] = await eventsOf(store, 'stock-MUG-1@LEEDS');
    expect(await parked()).toMatchObject([{ code: 'CURRENCY', detail: '3.00 USD', ref: foreign?.id }]);
  });
});
