import { describe, expect, it } from 'vitest';
import { at, confirm, dispatched, extend, receipt, reserve, StockStory, sale } from '../../support/given-stock.js';

describe('a hold that is extended', () => {
  const held = () => new StockStory().given(receipt(10), reserve('cart', 4, 60));

  it('lives so long from the time of its extension', () => {
    const story = held().clock('12:00:30');
    story.when(extend('cart', 'x1', 60)).records({ type: 'Confirmed', extension: { until: at('12:01:30') } });
    story.clock('12:01:29');
    expect(story.available()).toBe(6);
    story.clock('12:01:30');
    expect(story.available()).toBe(10);
  });

  it('never becomes shorter', () => {
    held()
      .when(extend('cart', 'x1', 10))
      .records({ extension: { until: at('12:01') } });
  });

  it('may be confirmed after that, and then not be extended', () => {
    const story = held().given(extend('cart', 'x1', 600), confirm('cart'));
    story.when(extend('cart', 'x2', 600)).refuses('reservation-confirmed');
    story.clock('23:00');
    expect(story.available()).toBe(6);
  });

  it('must still live', () => {
    held()
      .clock('12:01')
      .when(extend('cart', 'x1', 60))
      .refuses('reservation-ended');
  });
});

describe('stock that was sold beyond what is there', () => {
  const held = () =>
    new StockStory()
      .given(receipt(10), reserve('first', 3), confirm('first'))
      .clock('12:01')
      .given(reserve('second', 3))
      .clock('12:02')
      .given(reserve('third', 3));

  it('puts the newest unconfirmed holds at risk, as many as no longer fit', () => {
    held()
      .when(sale(3))
      .records({ type: 'Sold', exceptions: ['oversold'], atRisk: ['third'] });
    held()
      .when(sale(5))
      .records({ exceptions: ['oversold'], atRisk: ['third', 'second'] });
  });

  it('puts confirmed holds at risk last', () => {
    held()
      .when(sale(9))
      .records({ atRisk: ['third', 'second', 'first'] });
  });

  it('may have been dispatched: that is a fact too', () => {
    const story = held();
    story.when(dispatched(12)).records({ type: 'Dispatched', exceptions: ['oversold'] });
    expect(story.onHand.sellable).toBe(-2);
  });

  it('is remarked on only while it is so', () => {
    const [sold] = held().decide(sale(1)) as readonly object[];
    expect(sold).not.toHaveProperty('exceptions');
    expect(sold).not.toHaveProperty('atRisk');
  });
});
