import { describe, expect, it } from 'vitest';
import { adjustment, id, moved, receipt, reserve, returned, StockStory, sale } from '../../support/given-stock.js';

describe('movements of one SKU at one location', () => {
  it('a receipt makes units sellable', () => {
    const story = new StockStory().when(receipt(10)).records({ type: 'Received', quantity: 10 });
    expect(story.onHand).toEqual({ sellable: 10, quarantine: 0, damaged: 0 });
  });

  it('a sale takes sellable units', () => {
    const story = new StockStory().given(receipt(10)).when(sale(3)).records({ type: 'Sold', quantity: 3 });
    expect(story.onHand.sellable).toBe(7);
  });

  it('a sale beyond stock is a fact: it is recorded and says oversold', () => {
    const story = new StockStory()
      .given(receipt(2))
      .when(sale(5))
      .records({ type: 'Sold', exceptions: ['oversold'] });
    expect(story.onHand.sellable).toBe(-3);
  });

  it('a sale that leaves less than is held says oversold', () => {
    new StockStory()
      .given(receipt(10), reserve('cart', 8))
      .when(sale(3))
      .records({ type: 'Sold', exceptions: ['oversold'] });
  });

  it('a return goes to the disposition it is in', () => {
    const story = new StockStory().given(
      receipt(10),
      sale(4),
      returned(1),
      returned(2, '11:00', { disposition: 'damaged' }),
    );
    expect(story.onHand).toEqual({ sellable: 7, quarantine: 0, damaged: 2 });
  });

  it('an adjustment changes sellable stock in either direction', () => {
    const story = new StockStory().given(receipt(10), adjustment(-3), adjustment(1, '11:30', { reason: 'found' }));
    expect(story.onHand.sellable).toBe(8);
  });

  it('a disposition change moves units and keeps their number', () => {
    const story = new StockStory().given(
      receipt(10),
      moved(4, 'sellable', 'quarantine'),
      moved(1, 'quarantine', 'damaged'),
    );
    expect(story.onHand).toEqual({ sellable: 6, quarantine: 3, damaged: 1 });
  });

  it('a fact that occurred before the newest one is late, and is taken all the same', () => {
    const story = new StockStory()
      .given(receipt(10, '10:00'))
      .when(sale(1, '09:00'))
      .records({ type: 'Sold', exceptions: ['late'] });
    expect(story.onHand.sellable).toBe(9);
  });

  it('a fact at the same instant as the newest one is not late', () => {
    const story = new StockStory().given(receipt(10, '10:00'));
    const events = story.decide(sale(1, '10:00'));
    expect(events).toEqual([expect.not.objectContaining({ exceptions: expect.anything() })]);
  });

  it('a cost revision moves no units', () => {
    const story = new StockStory().given(receipt(10));
    story
      .when({
        type: 'UnitCostRevised',
        id: id('late-invoice'),
        occurredAt: 0,
        amount: '12.00',
        currency: 'GBP',
        reason: 'freight',
      })
      .records({
        type: 'UnitCostRevised',
        amount: '12.00',
      });
    expect(story.onHand.sellable).toBe(10);
  });
});
