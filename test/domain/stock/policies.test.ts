import { describe, expect, it } from 'vitest';
import { confirm, policy, receipt, reserve, StockStory, sale } from '../../support/given-stock.js';

const forChannel = (channel: string) => ({ channel });

describe('safety stock', () => {
  it('is never promised', () => {
    const story = new StockStory().given(receipt(10), policy({ safetyStock: 4 }));
    expect(story.available()).toBe(6);
    story.when(reserve('big', 7)).refuses('insufficient', { available: 6 });
    story.when(reserve('fits', 6)).records({ type: 'Reserved' });
  });

  it('may be sold in the store: a sale is a fact, and no exception', () => {
    const story = new StockStory().given(receipt(10), policy({ safetyStock: 4 }));
    const [sold] = story.decide(sale(8)) as readonly object[];
    expect(sold).not.toHaveProperty('exceptions');
    expect(story.available()).toBe(0);
  });

  it('is set, left alone or cleared: only what changes is an event', () => {
    const story = new StockStory();
    story
      .when(policy({ safetyStock: 4, lowStockThreshold: 8 }))
      .records({ type: 'SafetyStockSet', quantity: 4, lowStockThreshold: 8 });
    expect(story.decide(policy({ safetyStock: 4 }))).toEqual([]);
    story.when(policy({ safetyStock: 0 })).records({ type: 'SafetyStockSet', quantity: 0, lowStockThreshold: 8 });
  });
});

describe('channel protection', () => {
  const protectedStock = () => new StockStory().given(receipt(10), policy({ protections: { web: 6, app: 1 } }));

  it('keeps units from everybody but its channel', () => {
    const story = protectedStock();
    expect(story.available()).toBe(3);
    expect(story.available(forChannel('shop'))).toBe(3);
    expect(story.available(forChannel('web'))).toBe(9);
    expect(story.available(forChannel('app'))).toBe(4);
  });

  it('shrinks by what its channel holds, and not below nothing', () => {
    const story = protectedStock().given(reserve('web-1', 4, 600, forChannel('web')));
    expect(story.available()).toBe(3);
    expect(story.available(forChannel('web'))).toBe(5);
    story.given(reserve('web-2', 4, 600, forChannel('web')));
    expect(story.available()).toBe(1);
  });

  it('stays used while a confirmed hold of its channel waits to be handed over', () => {
    const story = protectedStock().given(reserve('web-1', 4, 600, forChannel('web')), confirm('web-1'));
    story.clock('23:00');
    expect(story.available()).toBe(3);
  });

  it('is owed again when a hold of its channel expires', () => {
    const story = protectedStock()
      .given(reserve('web-1', 4, 600, forChannel('web')))
      .clock('12:11');
    expect(story.available()).toBe(3);
    expect(story.available(forChannel('web'))).toBe(9);
  });

  it('decides as it answers', () => {
    const story = protectedStock();
    story.when(reserve('shop-1', 4, 600, forChannel('shop'))).refuses('insufficient', { available: 3 });
    story.when(reserve('web-1', 9, 600, forChannel('web'))).records({ type: 'Reserved', channel: 'web' });
  });
});
