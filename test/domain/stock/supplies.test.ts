import { describe, expect, it } from 'vitest';
import {
  arrived,
  at,
  cancelSupply,
  expectSupply,
  id,
  receipt,
  reserve,
  StockStory,
} from '../../support/given-stock.js';

const receiptOf = (supplyId: string, quantity: number, time = '11:00') =>
  receipt(quantity, time, { supplyId: id(supplyId) });

describe('expected supply', () => {
  it('is inbound, and promised from the time it is due, not before', () => {
    const story = new StockStory().given(receipt(3), expectSupply('po-1', 10, '15:00'));
    expect(story.expected).toBe(10);
    expect(story.available()).toBe(3);
    expect(story.available({ at: '14:59' })).toBe(3);
    expect(story.available({ at: '15:00' })).toBe(13);
  });

  it('without a known time is inbound and never promised', () => {
    const story = new StockStory().given(receipt(3), expectSupply('po-1', 10));
    expect(story.expected).toBe(10);
    expect(story.available({ at: '23:59' })).toBe(3);
  });

  it('that is overdue is still inbound, but promised no more', () => {
    const story = new StockStory().given(expectSupply('po-1', 10, '13:00'));
    expect(story.available({ at: '14:00' })).toBe(10);
    story.clock('13:00');
    expect(story.available({ at: '14:00' })).toBe(0);
    expect(story.expected).toBe(10);
  });

  it('shrinks by what is received under its name, and ends there', () => {
    const story = new StockStory().given(expectSupply('po-1', 10, '15:00'));
    story.when(receiptOf('po-1', 4)).records({ type: 'Received', supplied: { quantity: 4, dueAt: at('15:00') } });
    expect(story.expected).toBe(6);
    story.when(receiptOf('po-1', 9)).records({ type: 'Received', supplied: { quantity: 6 } });
    expect(story.expected).toBe(0);
    expect(story.onHand.sellable).toBe(13);
  });

  it('may be announced after its goods have come', () => {
    const story = new StockStory().given(receiptOf('po-1', 4));
    story.when(expectSupply('po-1', 10, '15:00')).records({ type: 'SupplyScheduled', quantity: 10, open: 6 });
    expect(story.expected).toBe(6);
  });

  it('may be changed; saying the same again changes nothing', () => {
    const story = new StockStory().given(expectSupply('po-1', 10, '15:00'), receiptOf('po-1', 4));
    expect(story.decide(expectSupply('po-1', 10, '15:00'))).toEqual([]);
    story
      .when(expectSupply('po-1', 7, '16:00'))
      .records({ type: 'SupplyChanged', open: 3, was: { quantity: 6, dueAt: at('15:00') } });
    expect(story.available({ at: '15:00' })).toBe(4);
    expect(story.available({ at: '16:00' })).toBe(7);
  });

  it('may be cancelled: once it is an event, twice it is nothing, unknown it is refused', () => {
    const story = new StockStory().given(expectSupply('po-1', 10, '15:00'));
    story.when(cancelSupply('po-1')).records({ type: 'SupplyCancelled', was: { quantity: 10, dueAt: at('15:00') } });
    expect(story.expected).toBe(0);
    expect(story.decide(cancelSupply('po-1'))).toEqual([]);
    story.when(cancelSupply('po-2')).refuses('unknown-supply', { id: 'po-2' });
    story.when(expectSupply('po-1', 10, '15:00')).records({ type: 'SupplyScheduled', open: 10 });
  });

  it('of a transfer shrinks by what arrives', () => {
    const story = new StockStory().given(expectSupply('transfer/transfer-1', 10, '15:00'), arrived(4));
    expect(story.expected).toBe(6);
    expect(story.onHand.sellable).toBe(4);
  });
});

describe('demand for a later time', () => {
  it('may be met by what will have come by then', () => {
    const story = new StockStory().given(receipt(2), expectSupply('po-1', 10, '15:00'));
    story.when(reserve('later', 12, 600, { neededBy: '16:00' })).records({ type: 'Reserved', quantity: 12 });
    expect(story.available()).toBe(0);
  });

  it('leaves today alone when later supply covers it', () => {
    const story = new StockStory().given(receipt(5), expectSupply('po-1', 10, '15:00'));
    story.given(reserve('later', 10, 600, { neededBy: '16:00' }));
    expect(story.available()).toBe(5);
  });

  it('is kept: no promise for earlier takes what it needs', () => {
    const story = new StockStory().given(receipt(5), expectSupply('po-1', 2, '15:00'));
    story.given(reserve('later', 6, 600, { neededBy: '16:00' }));
    expect(story.available()).toBe(1);
    story.when(reserve('now', 2)).refuses('insufficient', { requested: 2, available: 1 });
    story.when(reserve('now', 1)).records({ type: 'Reserved' });
    expect(story.available({ at: '23:00' })).toBe(0);
  });

  it('is refused when supply comes too late for it', () => {
    const story = new StockStory().given(expectSupply('po-1', 10, '15:00'));
    story.when(reserve('early', 1, 600, { neededBy: '14:59' })).refuses('insufficient', { available: 0 });
  });
});
