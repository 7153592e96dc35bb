import { beforeEach, describe, expect, it } from 'vitest';
import { describeSku } from '../../src/domain/master-data/sku.js';
import { encodeValued } from '../../src/domain/valuation/codec.js';
import type { ClientId } from '../../src/domain/values/identifiers.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { skuData } from '../../src/streams/master-data-streams.js';
import { journalOf } from '../domain/valuation/history.js';
import { late, received, returned, revised, sold } from '../domain/valuation/movements.js';
import { TransferDesk } from '../support/transfer-desk.js';
import { at, eventsOf, FaultyStore, record, settle, valuations } from './shop.js';

const MUG = at('MUG-1', 'LEEDS');
const valuer = (store: FaultyStore) => new ValuationProjection(store, { timeZone: 'Europe/London' });

let store: FaultyStore;
beforeEach(() => {
  store = new FaultyStore();
});

const quantities = async (key = MUG) => (await valuations(store, key)).map(({ after }) => after.quantity);

describe('every movement is valued once', () => {
  it('in its own stream, in order', async () => {
    await record(store, MUG, received(10, '2.00'), sold(3), sold(2));
    await settle(store, valuer(store));
    const valued = await valuations(store, MUG);
    expect(valued.map(({ after }) => [after.quantity, after.value])).toEqual([
      [10, 2000n],
      [7, 1400n],
      [5, 1000n],
    ]);
    const stock = await eventsOf(store, 'stock-MUG-1@LEEDS');
    expect(valued.map(({ postings }) => postings[0]?.ref)).toEqual(stock.map(({ id }) => id));
  });

  it('by a valuer that starts in the middle', async () => {
    await record(store, MUG, received(10, '2.00'), sold(3));
    await settle(store, valuer(store));
    await record(store, MUG, sold(2));
    await settle(store, valuer(store));
    expect(await quantities()).toEqual([10, 7, 5]);
  });

  it('by two valuers at the same time', async () => {
    const keys = ['A', 'B', 'C', 'D'].map((sku) => at(sku, 'LEEDS'));
    for (let round = 0; round < 30; round += 1) {
      for (const key of keys) await record(store, key, received(1, '1.00'), sold(1));
    }
    await settle(store, valuer(store), valuer(store));
    for (const key of keys) {
      const sources = (await valuations(store, key)).map(({ source }) => source.revision);
      expect(sources).toEqual(Array.from({ length: 60 }, (_, revision) => revision));
    }
  });

  it('also when its place was never written down', async () => {
    store.fault = (stream) => (stream === 'checkpoint-valuation' ? 'lost' : undefined);
    await record(store, MUG, received(10, '2.00'), sold(3));
    await settle(store, valuer(store));
    await record(store, MUG, sold(2));
    await settle(store, valuer(store));
    expect(await quantities()).toEqual([10, 7, 5]);
  });

  it.each(['lost', 'unanswered'] as const)('also when an append is %s', async (fault) => {
    const failing = ['valuation-MUG-1@LEEDS', 'location-LEEDS'];
    store.fault = (stream) => {
      const index = failing.indexOf(stream);
      if (index >= 0) failing.splice(index, 1);
      return index >= 0 ? fault : undefined;
    };
    await record(store, MUG, received(10, '2.00'), sold(3));
    await settle(store, valuer(store));
    expect(await quantities()).toEqual([10, 7]);
    expect(failing).toEqual([]);
  });

  it('however many there are in one stream', async () => {
    await record(store, MUG, ...Array.from({ length: 999 }, () => sold(1)), received(1_000, '1.00'));
    await settle(store, valuer(store));
    const valued = await valuations(store, MUG);
    expect(valued).toHaveLength(1_000);
    expect(journalOf(valued.at(-1))).toEqual({ inventory: '1.00', cogs: '999.00', grni: '-1000.00' });
  });
});

describe('a return', () => {
  it('finds what its sale cost, also a year and a restart later', async () => {
    await record(store, MUG, received(10, '2.00'), sold(1, 'till-1'), sold(2, 'till-2'), received(20, '5.00'));
    await settle(store, valuer(store));
    await record(store, MUG, returned(1, 'till-2'), returned(1, 'till-1'), sold(1, 'till-3'), returned(1, 'till-3'));
    await settle(store, valuer(store));
    await record(store, MUG, sold(1, 'till-4'), returned(1, 'till-4'), returned(1, 'never-sold-here'));
    await settle(store, valuer(store));
    const journals = (await valuations(store, MUG)).map(journalOf);
    expect(journals[4]).toEqual({ inventory: '2.00', cogs: '-2.00' });
    expect(journals[5]).toEqual({ inventory: '2.00', cogs: '-2.00' });
    expect(journals[7]).toEqual({ inventory: journals[6]?.cogs, cogs: journals[6]?.inventory });
    expect(journals[9]).toEqual({ inventory: journals[8]?.cogs, cogs: journals[8]?.inventory });
    expect(Object.keys(journals[10] ?? {})).toEqual(['inventory', 'returns-clearing']);
  });
});

describe('a receipt that is told of late', () => {
  it('corrects what was sold before it on the day on which it was recorded', async () => {
    const desk = new TransferDesk(store, { now: () => Date.UTC(2026, 3, 20, 12) });
    for (const movement of [received(2, '5.00'), sold(5)]) await desk.record(MUG, movement);
    await desk.record(MUG, { ...received(10, '6.00'), occurredAt: Date.UTC(2026, 1, 1, 12) });
    await settle(store, valuer(store));
    const postings = (await valuations(store, MUG)).at(-1)?.postings ?? [];
    expect(postings.map(({ date }) => date)).toEqual(['2026-02-01', '2026-04-20']);
    expect(postings[1]?.ref).toBe(`${postings[0]?.ref}.2`);
  });
});

describe('the currency of a location', () => {
  it('is that of the first cost reported there, for all its goods', async () => {
    await record(store, at('CUP', 'LEEDS'), received(1, '1.00', 'EUR'));
    await record(store, MUG, received(10, '2.00', 'GBP'));
    await record(store, at('MUG-1', 'YORK'), received(10, '2.00', 'GBP'));
    await settle(store, valuer(store));
    const [mugs] = await valuations(store, MUG);
    expect(mugs?.postings[0]).toMatchObject({ currency: 'EUR', parked: { code: 'CURRENCY', currency: 'GBP' } });
    const [york] = await valuations(store, at('MUG-1', 'YORK'));
    expect(york?.postings[0]?.parked).toBeUndefined();
    expect((await eventsOf(store, 'location-LEEDS')).map(({ type, data }) => [type, data.currency])).toEqual([
      ['CurrencyAdopted', 'EUR'],
    ]);
  });

  it('stands when another valuer comes later', async () => {
    await record(store, MUG, revised('1.00', 'USD'));
    await settle(store, valuer(store));
    await record(store, MUG, received(10, '2.00', 'GBP'));
    await settle(store, valuer(store));
    expect((await valuations(store, MUG)).at(-1)?.postings[0]?.parked?.currency).toBe('GBP');
  });
});

describe('how far it is', () => {
  it('stands in a stream that keeps one event', async () => {
    const position = await record(store, MUG, received(10, '2.00'));
    await settle(store, valuer(store));
    expect((await eventsOf(store, 'checkpoint-valuation')).map(({ data }) => data.position)).toEqual([`${position}`]);
  });
});

it('valuations are small enough to append 300 at once', async () => {
  const long = 'x'.repeat(32);
  const key = at('S'.repeat(64), long);
  const longest = (units: number) => ({ ...sold(units), id: 'i'.repeat(129) as ClientId });
  const cost = '999999999.999999';
  const described = describeSku({}, { class: 'c'.repeat(64), costing: 'fifo' }, 'change-1', 0);
  await skuData(store, key.sku).change(() => described, { actor: 'store', correlationId: 'trial' }, 0);
  const many = Array.from({ length: 40 }, () => longest(1_000_000_000));
  await record(store, key, ...many.map((each, index) => ({ ...each, id: `${each.id}${index}` as ClientId })));
  await record(store, key, returned(1), received(1_000_000_000, cost), revised('-999999999999999.99'));
  await record(store, key, received(1_000_000_000, cost, 'USD'), longest(1_000_000_000));
  const names = { reference: 'r'.repeat(64), purchaseOrder: 'p'.repeat(64), id: 'l'.repeat(129) as ClientId };
  await record(store, key, late({ ...received(1_000_000_000, cost), ...names }));
  await settle(store, valuer(store));
  const sizes = (await valuations(store, key)).map((valued) => JSON.stringify(encodeValued(valued)).length);
  expect(Math.max(...sizes)).toBeLessThan(3_000);
});
