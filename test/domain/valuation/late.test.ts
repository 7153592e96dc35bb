import { describe, expect, it } from 'vitest';
import type { Posting } from '../../../src/domain/valuation/events.js';
import { formatMoney } from '../../../src/domain/values/money.js';
import { History } from './history.js';
import { late, received, returned, revised, sold } from './movements.js';

const HAPPENED = '2026-03-02';
const RECORDED = '2026-04-20';

/** What is posted on which day. */
const bookedBy = (postings: readonly Posting[] | undefined) =>
  postings?.map(({ ref, date, lines, currency }) => [
    ref,
    date,
    Object.fromEntries(lines.map(({ role, amount }) => [role, formatMoney({ minor: amount, currency })])),
  ]);

describe('a movement that comes late', () => {
  it('is dated when it happened, and leaves the costs that are posted already as they are', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), received(10, '4.00'), sold(5, 'till-1'));
    const before = leeds.stored();
    expect(bookedBy(leeds.record(late(sold(5)))?.postings)).toEqual([
      ['event-3', HAPPENED, { cogs: '15.00', inventory: '-15.00' }],
    ]);
    expect(leeds.stored().startsWith(before)).toBe(true);
  });

  it('corrects what had been sold before it in a posting of its own, on the day it was recorded', () => {
    const leeds = new History();
    leeds.record(received(2, '5.00'), sold(5));
    expect(bookedBy(leeds.record(late(received(10, '6.00')))?.postings)).toEqual([
      ['event-2', HAPPENED, { inventory: '60.00', grni: '-60.00' }],
      ['event-2.2', RECORDED, { inventory: '-3.00', cogs: '3.00' }],
    ]);
  });

  it('brings the first cost: then what went before is posted on the day it was recorded', () => {
    const leeds = new History();
    leeds.record(sold(3));
    expect(bookedBy(leeds.record(late(received(10, '2.00')))?.postings)).toEqual([
      ['event-1', HAPPENED, { inventory: '20.00', grni: '-20.00' }],
      ['event-1.2', RECORDED, { inventory: '-6.00', cogs: '6.00' }],
    ]);
  });

  it('brings back goods at the cost they left with, and corrects forward too', () => {
    const leeds = new History();
    leeds.record(received(1, '2.00'), sold(1, 'till-1'), received(1, '5.00'), sold(3));
    expect(bookedBy(leeds.record(late(returned(1, 'till-1')))?.postings)).toEqual([
      ['event-4', HAPPENED, { inventory: '2.00', cogs: '-2.00' }],
      ['event-4.2', RECORDED, { inventory: '3.00', cogs: '-3.00' }],
    ]);
  });
});

describe('a later cost', () => {
  it('is dated when it happened as long as nothing newer was known', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'));
    expect(leeds.record(revised('3.00'))?.postings.map(({ date }) => date)).toEqual([HAPPENED]);
  });

  it('that comes late is a forward adjustment altogether', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), sold(5));
    expect(bookedBy(leeds.record(late(revised('3.00')))?.postings)).toEqual([
      ['event-2', RECORDED, { inventory: '1.50', cogs: '1.50', revaluation: '-3.00' }],
    ]);
  });
});

it('in order, a receipt and what it puts right are one posting', () => {
  const leeds = new History();
  leeds.record(received(2, '5.00'), sold(5));
  expect(bookedBy(leeds.record(received(10, '6.00'))?.postings)).toEqual([
    ['event-2', HAPPENED, { inventory: '57.00', cogs: '3.00', grni: '-60.00' }],
  ]);
});
