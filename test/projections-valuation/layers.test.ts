import { List } from 'immutable';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryValuationBook } from '../../src/adapters/valuation-book/memory/memory-valuation-book.js';
import type { Movement } from '../../src/domain/stock/events.js';
import { encodeValued } from '../../src/domain/valuation/codec.js';
import { NO_VALUATION } from '../../src/domain/valuation/state.js';
import { storedCurrency } from '../../src/domain/values/currency.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { ValuationBookProjection } from '../../src/projections/valuation-book.js';
import { MOST_LAYERS_SHOWN, ValuationQueries } from '../../src/queries/valuation.js';
import { ValuationLayers } from '../../src/streams/valuation-layers.js';
import { journalOf } from '../domain/valuation/history.js';
import { received, returned, revised, sold } from '../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, record, settle, valuations } from './shop.js';

const MUG = at('MUG-1', 'LEEDS');
const FIFO = { version: 2, costing: 'fifo', damaged: 'keep' } as const;

const COST = { currency: storedCurrency('GBP'), millionths: 500_000n, units: 1 };

let store: FaultyStore;
beforeEach(() => {
  store = new FaultyStore();
});

const valueAll = () => settle(store, new ValuationProjection(store, { timeZone: 'Europe/London', rules: FIFO }));
const newest = async () => journalOf((await valuations(store, MUG)).at(-1));

/** Receipts of one unit each: the first costs 1.00, and each a cent more than the one before. */
const receipts = (count: number, from = 0): Movement[] =>
  Array.from({ length: count }, (_, index) => received(1, ((100 + from + index) / 100).toFixed(2)));

async function shown() {
  const book = new MemoryValuationBook();
  await settle(store, new ValuationBookProjection(store, book));
  return (await new ValuationQueries(book, store).one(MUG)).item;
}

describe('layers', () => {
  it('are found again by whoever comes later', async () => {
    await record(store, MUG, ...receipts(5), sold(2));
    await valueAll();
    await record(store, MUG, sold(2));
    await valueAll();
    expect(await newest()).toEqual({ cogs: '2.05', inventory: '-2.05' });
  });

  it('are read from a snapshot where there are many, and the same as without any', async () => {
    await record(store, MUG, ...receipts(2_500), sold(400));
    await valueAll();
    const snapshots = await eventsOf(store, 'layers-MUG-1@LEEDS');
    expect(snapshots.length).toBeGreaterThan(0);
    const valued = await valuations(store, MUG);
    const revision = valued.length - 1;
    const stock = valued[revision]?.after ?? NO_VALUATION;
    const loaded = await new ValuationLayers(store).load('valuation-MUG-1@LEEDS', revision, stock);
    expect(loaded.eventsRead).toBeLessThan(2_100);
    const without = new FaultyStore();
    for await (const event of store.readAll({ streamPrefixes: ['valuation-'] })) {
      await without.append(event.stream, 'any', [event]);
    }
    const folded = await new ValuationLayers(without).load('valuation-MUG-1@LEEDS', revision, stock);
    expect(folded.eventsRead).toBe(2_501);
    expect(loaded.layers.toArray()).toEqual(folded.layers.toArray());
  });

  it('come from the valuations when a snapshot says something else', async () => {
    await record(store, MUG, ...receipts(3));
    await valueAll();
    const data = { revision: 2, part: 0, parts: 1, layers: [[0, 3, '1']] };
    await store.append('layers-MUG-1@LEEDS', 'any', [
      { id: '5f0c1d4e-8a3b-4d2f-9e61-7c2b0a94d318', type: 'LayerSnapshot', data, metadata: {} },
    ]);
    await record(store, MUG, sold(1));
    await valueAll();
    expect(await newest()).toEqual({ cogs: '1.00', inventory: '-1.00' });
  });

  it('never make an event longer, however many there are', async () => {
    await record(store, MUG, ...receipts(999));
    await record(store, MUG, ...receipts(999, 999));
    await record(store, MUG, sold(1_500), revised('1.00'), returned(3));
    await valueAll();
    const sizes = (await valuations(store, MUG)).map((valued) => JSON.stringify(encodeValued(valued)).length);
    expect(Math.max(...sizes)).toBeLessThan(1_000);
  });

  it('too many for one append are kept in parts, of which none may be missing', async () => {
    const stream = 'valuation-MUG-1@LEEDS';
    const layers = List(Array.from({ length: 25_000 }, (_, source) => ({ source, units: 2, value: 100n })));
    const stock = { ...NO_VALUATION, quantity: 50_000, value: 2_500_000n, lastCost: COST };
    const archive = new ValuationLayers(store);
    await archive.save(stream, 40_000, layers);
    expect(await eventsOf(store, 'layers-MUG-1@LEEDS')).toHaveLength(3);
    expect((await archive.load(stream, 40_000, stock)).layers.toArray()).toEqual(layers.toArray());
    const torn = new FaultyStore();
    for (const event of (await eventsOf(store, 'layers-MUG-1@LEEDS')).slice(1)) {
      await torn.append(event.stream, 'any', [event]);
    }
    await expect(new ValuationLayers(torn).load(stream, 40_000, stock)).rejects.toThrow('do not add up');
  });
});

describe('what a caller sees', () => {
  it('is each layer, oldest first, with its movement', async () => {
    await record(store, MUG, received(3, '0.333333'), received(4, '2.00'), sold(1));
    await valueAll();
    expect(await shown()).toMatchObject({
      quantity: 6,
      unitCost: '1.445',
      value: '8.67',
      method: 'fifo',
      layers: [
        { quantity: 2, unitCost: '0.335', value: '0.67', revision: 0 },
        { quantity: 4, unitCost: '2.00', value: '8.00', revision: 1 },
      ],
      layerCount: 2,
    });
  });

  it('is the oldest hundred of many', async () => {
    await record(store, MUG, ...receipts(150));
    await valueAll();
    const item = await shown();
    expect(item?.layers).toHaveLength(MOST_LAYERS_SHOWN);
    expect(item?.layerCount).toBe(150);
  });
});

describe('a later cost', () => {
  const delivery = (quantity: number, unitCost: string, reference: string, purchaseOrder: string) => ({
    ...received(quantity, unitCost),
    reference,
    purchaseOrder,
  });

  it('finds its receipt by id, by reference or by purchase order, also after a restart', async () => {
    const first = delivery(10, '1.00', 'note-1', 'po-1');
    await record(store, MUG, first, delivery(10, '2.00', 'note-2', 'po-2'), received(10, '3.00'), sold(5));
    await valueAll();
    await record(store, MUG, revised('2.00', 'GBP', first.id));
    await valueAll();
    expect(await newest()).toEqual({ inventory: '1.00', cogs: '1.00', revaluation: '-2.00' });
    await record(store, MUG, revised('2.00', 'GBP', 'note-2'), revised('4.00', 'GBP', 'po-1'));
    await valueAll();
    const journals = (await valuations(store, MUG)).slice(-2).map(journalOf);
    expect(journals).toEqual([
      { inventory: '2.00', revaluation: '-2.00' },
      { inventory: '2.00', cogs: '2.00', revaluation: '-4.00' },
    ]);
  });

  it('finds all receipts of an order, also those of its own batch, and again after a restart', async () => {
    for (const unitCost of ['1.00', '2.00', '3.00']) {
      await record(store, MUG, delivery(10, unitCost, `note-${unitCost}`, 'po-1'));
      await valueAll();
    }
    await record(store, MUG, revised('3.00', 'GBP', 'po-1'), delivery(10, '4.00', 'note-4', 'po-1'), sold(5));
    await record(store, MUG, revised('4.00', 'GBP', 'po-1'));
    await valueAll();
    expect(await newest()).toEqual({ inventory: '3.50', cogs: '0.50', revaluation: '-4.00' });
    const item = await shown();
    expect(item?.layers?.map(({ value }) => value)).toEqual(['6.00', '22.00', '32.00', '41.00']);
  });

  it('of an order of very many receipts goes to the newest, and never makes an append too large', async () => {
    await record(store, MUG, ...Array.from({ length: 600 }, (_, nth) => delivery(1, '1.00', `note-${nth}`, 'po-1')));
    await record(store, MUG, ...Array.from({ length: 40 }, () => revised('5.00', 'GBP', 'po-1')));
    await valueAll();
    const last = (await valuations(store, MUG)).at(-1);
    expect(last?.layerChange?.revised).toHaveLength(500);
    expect(last?.after.value).toBe(60_000n + 40n * 500n);
  });
});
