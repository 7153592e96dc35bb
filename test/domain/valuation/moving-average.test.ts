import { describe, expect, it } from 'vitest';
import { History, journalOf, onHand } from './history.js';
import { adjusted, counted, moved, received, returned, revised, settled, sold } from './movements.js';

describe('goods bought and sold', () => {
  it('puts a receipt into inventory at what it cost, owed until the invoice comes', () => {
    const leeds = new History();
    expect(journalOf(leeds.record(received(10, '2.50')))).toEqual({ inventory: '25.00', grni: '-25.00' });
    expect(onHand(leeds)).toEqual({ quantity: 10, value: '25.00' });
  });

  it('rounds what a receipt costs half up to the minor unit', () => {
    const leeds = new History();
    expect(journalOf(leeds.record(received(3, '0.335')))).toEqual({ inventory: '1.01', grni: '-1.01' });
    expect(journalOf(leeds.record(received(1, '0.004999')))).toEqual({});
  });

  it('sells at the average of what the stock cost', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), received(30, '3.00'));
    expect(journalOf(leeds.record(sold(4)))).toEqual({ cogs: '11.00', inventory: '-11.00' });
    expect(onHand(leeds)).toEqual({ quantity: 36, value: '99.00' });
  });

  it('lets the last unit take what rounding left', () => {
    const leeds = new History();
    leeds.record(received(3, '0.333333'));
    const costs = [sold(1), sold(1), sold(1)].map((sale) => journalOf(leeds.record(sale)).cogs);
    expect(costs).toEqual(['0.33', '0.34', '0.33']);
    expect(onHand(leeds)).toEqual({ quantity: 0, value: '0.00' });
  });

  it('values free goods at nothing, which is a cost too', () => {
    const leeds = new History();
    leeds.record(received(10, '0'), sold(3), received(7, '2.00'));
    expect(journalOf(leeds.record(sold(14)))).toEqual({ cogs: '14.00', inventory: '-14.00' });
  });

  it('says of holds and of counts that found no difference: nothing to value', () => {
    const leeds = new History();
    leeds.record(received(5, '1.00'));
    expect(leeds.record(counted(5, 0))).toBeUndefined();
  });
});

describe('sold before it was there', () => {
  it('takes the last known cost, and the receipt puts the difference right', () => {
    const leeds = new History();
    leeds.record(received(2, '5.00'));
    expect(journalOf(leeds.record(sold(5)))).toEqual({ cogs: '25.00', inventory: '-25.00' });
    expect(onHand(leeds)).toEqual({ quantity: -3, value: '-15.00' });

    // 3 of the 10 are gone already, at 1.00 too little each.
    const receipt = leeds.record(received(10, '6.00'));
    expect(journalOf(receipt)).toEqual({ inventory: '57.00', cogs: '3.00', grni: '-60.00' });
    expect(onHand(leeds)).toEqual({ quantity: 7, value: '42.00' });
  });

  it('puts right only the part that a small receipt covers', () => {
    const leeds = new History();
    leeds.record(received(1, '5.00'), sold(5));
    expect(journalOf(leeds.record(received(3, '4.00')))).toEqual({ inventory: '15.00', cogs: '-3.00', grni: '-12.00' });
    expect(onHand(leeds)).toEqual({ quantity: -1, value: '-5.00' });
    expect(journalOf(leeds.record(sold(1)))).toEqual({ cogs: '4.00', inventory: '-4.00' });
  });

  it('without any cost posts nothing until the first receipt tells what it was', () => {
    const leeds = new History();
    expect(journalOf(leeds.record(sold(3)))).toEqual({});
    leeds.record(adjusted(1, 'found'), returned(1));
    expect(onHand(leeds)).toEqual({ quantity: -1, value: '0' });
    expect(journalOf(leeds.record(received(10, '2.00')))).toEqual({
      inventory: '18.00',
      cogs: '6.00',
      shrinkage: '-2.00',
      'returns-clearing': '-2.00',
      grni: '-20.00',
    });
    expect(onHand(leeds)).toEqual({ quantity: 9, value: '18.00' });
  });
});

describe('goods that come back', () => {
  it('come in at the cost they left with, out of the cost of goods sold', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), sold(3, 'till-1'), received(7, '4.00'));
    expect(journalOf(leeds.record(returned(2, 'till-1')))).toEqual({ inventory: '4.00', cogs: '-4.00' });
    expect(onHand(leeds)).toEqual({ quantity: 16, value: '46.00' });
  });

  it('come in at the present cost, to be cleared, when nobody knows the sale', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'));
    const stranger = leeds.record(returned(2, 'sold-elsewhere', 'damaged'));
    expect(journalOf(stranger)).toEqual({ inventory: '4.00', 'returns-clearing': '-4.00' });
    expect(journalOf(leeds.record(returned(1)))).toEqual({ inventory: '2.00', 'returns-clearing': '-2.00' });
  });

  it('come in at the last cost once the shelf is empty', () => {
    const leeds = new History();
    leeds.record(received(3, '2.00'), sold(3));
    expect(journalOf(leeds.record(returned(2)))).toEqual({ inventory: '4.00', 'returns-clearing': '-4.00' });
  });

  it('come in at the present cost, out of the cost of goods sold, when the sale had none', () => {
    const leeds = new History();
    leeds.record(sold(3, 'till-2'), received(10, '2.00'));
    expect(journalOf(leeds.record(returned(1, 'till-2')))).toEqual({ inventory: '2.00', cogs: '-2.00' });
  });
});

describe('goods lost and found', () => {
  it('go against shrinkage at the present cost', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'));
    expect(journalOf(leeds.record(adjusted(-2, 'damage')))).toEqual({ shrinkage: '4.00', inventory: '-4.00' });
    expect(journalOf(leeds.record(counted(9, 1)))).toEqual({ inventory: '2.00', shrinkage: '-2.00' });
    expect(journalOf(leeds.record(counted(5, -4)))).toEqual({ shrinkage: '8.00', inventory: '-8.00' });
    expect(onHand(leeds)).toEqual({ quantity: 5, value: '10.00' });
  });

  it('come back at what they left with when found again on an oversold shelf', () => {
    const leeds = new History();
    leeds.record(received(1, '2.00'), sold(3), received(1, '3.00'));
    expect(onHand(leeds)).toEqual({ quantity: -1, value: '-2.00' });
    expect(journalOf(leeds.record(adjusted(2, 'found')))).toEqual({ inventory: '5.00', shrinkage: '-5.00' });
    expect(onHand(leeds)).toEqual({ quantity: 1, value: '3.00' });
  });

  it('that only change shelf, from sellable to damaged, keep their value', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'));
    expect(leeds.record(moved(4, 'sellable', 'damaged'))?.postings).toEqual([]);
  });
});

describe('facts that a later count had settled', () => {
  it('leave the value of the stock alone and explain the shrinkage', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), counted(7, -3));
    expect(journalOf(leeds.record(settled(sold(3))))).toEqual({ cogs: '6.00', shrinkage: '-6.00' });
    expect(journalOf(leeds.record(settled(received(2, '3.00'))))).toEqual({ shrinkage: '6.00', grni: '-6.00' });
    expect(journalOf(leeds.record(settled(returned(1))))).toEqual({ shrinkage: '2.00', 'returns-clearing': '-2.00' });
    expect(leeds.record(settled(adjusted(-1, 'loss')))?.postings).toEqual([]);
    expect(onHand(leeds)).toEqual({ quantity: 7, value: '14.00' });
  });

  it('value what the count found, when they bring the first cost', () => {
    const leeds = new History();
    leeds.record(counted(10, 10));
    expect(journalOf(leeds.record(settled(received(10, '2.00'))))).toEqual({ inventory: '20.00', grni: '-20.00' });
  });

  it('wait for a cost like any other', () => {
    const leeds = new History();
    leeds.record(counted(4, 4), settled(sold(2)));
    expect(journalOf(leeds.record(received(1, '3.00')))).toEqual({
      inventory: '15.00',
      cogs: '6.00',
      shrinkage: '-18.00',
      grni: '-3.00',
    });
  });

  it('move stock on the shelf that had not been counted', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), counted(8, -2));
    const toDamaged = leeds.record(settled(moved(2, 'sellable', 'damaged')));
    expect(journalOf(toDamaged)).toEqual({ inventory: '4.00', shrinkage: '-4.00' });
    expect(onHand(leeds)).toEqual({ quantity: 10, value: '20.00' });
  });
});

describe('a cost that becomes known late', () => {
  it('falls to the units of its receipt that may still be there, and to the cost of those already sold', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), sold(4));
    expect(journalOf(leeds.record(revised('3.00')))).toEqual({
      inventory: '1.80',
      cogs: '1.20',
      revaluation: '-3.00',
    });
    expect(journalOf(leeds.record(sold(6)))).toEqual({ cogs: '13.80', inventory: '-13.80' });
  });

  it('goes wholly onto the stock when as many units are there as the receipt had', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00', 'GBP', 'delivery-1'), received(10, '4.00'), sold(8));
    const freight = leeds.record(revised('5.00', 'GBP', 'delivery-1'));
    expect(journalOf(freight)).toEqual({ inventory: '5.00', revaluation: '-5.00' });
  });

  it('is about the newest receipt when it names none that is known', () => {
    const leeds = new History();
    leeds.record(received(100, '2.00'), sold(98), received(2, '2.00'), sold(2));
    expect(journalOf(leeds.record(revised('8.00', 'GBP', 'never-seen')))).toEqual({
      inventory: '8.00',
      revaluation: '-8.00',
    });
  });

  it('goes to the cost of goods sold when none is left', () => {
    const leeds = new History();
    leeds.record(received(4, '2.00'), sold(4));
    expect(journalOf(leeds.record(revised('3.00')))).toEqual({ cogs: '3.00', revaluation: '-3.00' });
    expect(onHand(leeds)).toEqual({ quantity: 0, value: '0.00' });
  });

  it('never makes stock worth less than nothing', () => {
    const leeds = new History();
    leeds.record(received(2, '2.00'));
    expect(journalOf(leeds.record(revised('-5.00')))).toEqual({
      inventory: '-4.00',
      cogs: '-1.00',
      revaluation: '5.00',
    });
    expect(onHand(leeds)).toEqual({ quantity: 2, value: '0.00' });
  });
});

describe('a later cost of an order that came in several receipts', () => {
  const part = (quantity: number, unitCost: string) => ({ ...received(quantity, unitCost), purchaseOrder: 'po-7' });

  it('falls to as many units as there can be of all of them', () => {
    const leeds = new History();
    leeds.record(part(10, '2.00'), part(30, '2.00'), sold(20));
    expect(journalOf(leeds.record(revised('8.00', 'GBP', 'po-7')))).toEqual({
      inventory: '4.00',
      cogs: '4.00',
      revaluation: '-8.00',
    });
  });

  it('goes wholly onto the stock while as many units are there as the order had', () => {
    const leeds = new History();
    leeds.record(part(10, '2.00'), part(30, '2.00'), received(20, '2.00'), sold(20));
    expect(journalOf(leeds.record(revised('0.01', 'GBP', 'po-7')))).toEqual({
      inventory: '0.01',
      revaluation: '-0.01',
    });
  });
});
