import { describe, expect, it } from 'vitest';
import { decodeLayerChange, encodeLayerChange } from '../../../src/domain/valuation/layers-codec.js';
import { History, journalOf, onHand } from './history.js';
import { adjusted, counted, moved, received, returned, revised, settled, sold } from './movements.js';

const leedsByFifo = () => new History({ terms: { method: 'fifo' } });

/** Units and value of the layers, oldest first, as `4 at 8.00`. */
const layersOf = ({ state }: History): string[] =>
  state.layers.map(({ units, value }) => `${units} at ${(Number(value) / 100).toFixed(2)}`).toArray();

describe('goods bought and sold', () => {
  it('leave in the order in which they came', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00'), received(30, '3.00'));
    expect(journalOf(leeds.record(sold(4)))).toEqual({ cogs: '8.00', inventory: '-8.00' });
    expect(journalOf(leeds.record(sold(8)))).toEqual({ cogs: '18.00', inventory: '-18.00' });
    expect(layersOf(leeds)).toEqual(['28 at 84.00']);
    expect(onHand(leeds)).toEqual({ quantity: 28, value: '84.00' });
  });

  it('let the last unit of a layer take what rounding left', () => {
    const leeds = leedsByFifo();
    leeds.record(received(3, '0.333333'), received(3, '1.00'));
    const costs = [sold(1), sold(1), sold(1), sold(1)].map((sale) => journalOf(leeds.record(sale)).cogs);
    expect(costs).toEqual(['0.33', '0.34', '0.33', '1.00']);
    expect(layersOf(leeds)).toEqual(['2 at 2.00']);
  });

  it('are worth nothing more once all have left, and leave no layer', () => {
    const leeds = leedsByFifo();
    leeds.record(received(2, '2.00'), received(2, '3.00'), sold(4));
    expect(layersOf(leeds)).toEqual([]);
    expect(onHand(leeds)).toEqual({ quantity: 0, value: '0.00' });
  });
});

describe('sold before it was there', () => {
  it('takes the cost of the newest receipt, and the next one puts the difference right', () => {
    const leeds = leedsByFifo();
    leeds.record(received(2, '4.00'), received(1, '5.00'));
    expect(journalOf(leeds.record(sold(6)))).toEqual({ cogs: '28.00', inventory: '-28.00' });
    expect(onHand(leeds)).toEqual({ quantity: -3, value: '-15.00' });
    const receipt = leeds.record(received(10, '6.00'));
    expect(journalOf(receipt)).toEqual({ inventory: '57.00', cogs: '3.00', grni: '-60.00' });
    expect(layersOf(leeds)).toEqual(['7 at 42.00']);
  });

  it('leaves no layer when the receipt covers only a part', () => {
    const leeds = leedsByFifo();
    leeds.record(received(1, '5.00'), sold(5));
    expect(journalOf(leeds.record(received(3, '4.00')))).toEqual({ inventory: '15.00', cogs: '-3.00', grni: '-12.00' });
    expect(layersOf(leeds)).toEqual([]);
    expect(onHand(leeds)).toEqual({ quantity: -1, value: '-5.00' });
  });

  it('without any cost waits for the first, which also values what was found before it', () => {
    const leeds = leedsByFifo();
    leeds.record(sold(1), adjusted(4, 'found'));
    expect(journalOf(leeds.record(received(10, '2.00')))).toEqual({
      inventory: '26.00',
      cogs: '2.00',
      shrinkage: '-8.00',
      grni: '-20.00',
    });
    expect(layersOf(leeds)).toEqual(['3 at 6.00', '10 at 20.00']);
  });
});

describe('goods that come back', () => {
  it('come back at the cost they left with, and lie behind the newest', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00'), sold(3, 'till-1'), received(7, '4.00'));
    expect(journalOf(leeds.record(returned(2, 'till-1')))).toEqual({ inventory: '4.00', cogs: '-4.00' });
    expect(layersOf(leeds)).toEqual(['7 at 14.00', '7 at 28.00', '2 at 4.00']);
  });

  it('come back at the cost of the newest receipt when nobody knows the sale', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00'), received(10, '3.00'));
    expect(journalOf(leeds.record(returned(2)))).toEqual({ inventory: '6.00', 'returns-clearing': '-6.00' });
  });
});

describe('goods lost and found', () => {
  it('are lost from the oldest and found at the cost of the newest receipt', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00'), received(10, '3.00'));
    expect(journalOf(leeds.record(adjusted(-2, 'damage')))).toEqual({ shrinkage: '4.00', inventory: '-4.00' });
    expect(journalOf(leeds.record(counted(19, 1)))).toEqual({ inventory: '3.00', shrinkage: '-3.00' });
    expect(layersOf(leeds)).toEqual(['8 at 16.00', '10 at 30.00', '1 at 3.00']);
  });

  it('that a count had settled move no layer', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00'), counted(7, -3));
    expect(journalOf(leeds.record(settled(sold(3))))).toEqual({ cogs: '6.00', shrinkage: '-6.00' });
    leeds.record(settled(received(2, '3.00')), moved(2, 'sellable', 'damaged'));
    expect(layersOf(leeds)).toEqual(['7 at 14.00']);
  });
});

describe('a cost that becomes known late', () => {
  it('falls to the units of its receipt that are there, and to the cost of those already sold', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00', 'GBP', 'delivery-1'), received(10, '3.00', 'GBP', 'delivery-2'), sold(4));
    expect(journalOf(leeds.record(revised('5.00', 'GBP', 'delivery-1')))).toEqual({
      inventory: '3.00',
      cogs: '2.00',
      revaluation: '-5.00',
    });
    expect(layersOf(leeds)).toEqual(['6 at 15.00', '10 at 30.00']);
    leeds.record(revised('10.00', 'GBP', 'delivery-2'));
    expect(layersOf(leeds)).toEqual(['6 at 15.00', '10 at 40.00']);
  });

  it('is about the newest receipt when it names none, and tells what a unit costs from then on', () => {
    const leeds = leedsByFifo();
    leeds.record(received(10, '2.00'), received(10, '3.00'));
    expect(journalOf(leeds.record(revised('5.00')))).toEqual({ inventory: '5.00', revaluation: '-5.00' });
    expect(layersOf(leeds)).toEqual(['10 at 20.00', '10 at 35.00']);
    expect(journalOf(leeds.record(sold(21)))).toEqual({ cogs: '58.50', inventory: '-58.50' });
  });

  it('is cost of sales when its receipt is gone, whatever else is there', () => {
    const leeds = leedsByFifo();
    leeds.record(received(4, '2.00', 'GBP', 'delivery-1'), received(4, '3.00'), sold(4));
    expect(journalOf(leeds.record(revised('3.00', 'GBP', 'delivery-1')))).toEqual({
      cogs: '3.00',
      revaluation: '-3.00',
    });
    expect(layersOf(leeds)).toEqual(['4 at 12.00']);
  });

  it('never makes a layer worth less than nothing', () => {
    const leeds = leedsByFifo();
    leeds.record(received(4, '2.00', 'GBP', 'delivery-1'), received(4, '3.00'));
    expect(journalOf(leeds.record(revised('-9.00', 'GBP', 'delivery-1')))).toEqual({
      inventory: '-8.00',
      cogs: '-1.00',
      revaluation: '9.00',
    });
    expect(layersOf(leeds)).toEqual(['4 at 0.00', '4 at 12.00']);
  });
});

describe('a later cost of an order that came in several receipts', () => {
  const part = (quantity: number, unitCost: string) => ({ ...received(quantity, unitCost), purchaseOrder: 'po-7' });

  it('goes to all of them by their units, each to what is there of it and to the cost of what is gone', () => {
    const leeds = leedsByFifo();
    leeds.record(part(10, '2.00'), received(10, '9.00'), part(30, '3.00'), sold(4));
    expect(journalOf(leeds.record(revised('8.00', 'GBP', 'po-7')))).toEqual({
      inventory: '7.20',
      cogs: '0.80',
      revaluation: '-8.00',
    });
    expect(layersOf(leeds)).toEqual(['6 at 13.20', '10 at 90.00', '30 at 96.00']);
  });

  it('is cost of sales for the receipts that are gone', () => {
    const leeds = leedsByFifo();
    leeds.record(part(10, '2.00'), part(10, '3.00'), sold(10));
    expect(journalOf(leeds.record(revised('5.00', 'GBP', 'po-7')))).toEqual({
      inventory: '2.50',
      cogs: '2.50',
      revaluation: '-5.00',
    });
    expect(layersOf(leeds)).toEqual(['10 at 32.50']);
  });

  it('loses no cent: what rounding leaves goes to the first of those that lost most', () => {
    const leeds = leedsByFifo();
    leeds.record(part(1, '2.00'), part(1, '2.00'), part(1, '2.00'));
    leeds.record(revised('0.02', 'GBP', 'po-7'));
    expect(layersOf(leeds)).toEqual(['1 at 2.01', '1 at 2.01', '1 at 2.00']);
    leeds.record(revised('-0.02', 'GBP', 'po-7'));
    expect(layersOf(leeds)).toEqual(['1 at 2.00', '1 at 2.00', '1 at 2.00']);
  });

  it('changes what a unit costs from then on by the part of the newest receipt', () => {
    const leeds = leedsByFifo();
    leeds.record(part(10, '2.00'), part(10, '3.00'), revised('10.00', 'GBP', 'po-7'), sold(20));
    expect(journalOf(leeds.record(sold(1)))).toEqual({ cogs: '3.50', inventory: '-3.50' });
  });

  it('reads back as it was written, and as it was written when an order was one receipt', () => {
    const change = { dropped: 0, revised: [{ source: 3, value: 5n }], added: [] };
    expect(JSON.stringify(encodeLayerChange(change))).toBe('{"revised":[3,"5"]}');
    const several = { ...change, revised: [...change.revised, { source: 4, value: -1n }] };
    for (const each of [change, several]) {
      expect(decodeLayerChange(JSON.parse(JSON.stringify(encodeLayerChange(each))))).toEqual(each);
    }
  });
});
