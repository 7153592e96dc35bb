import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onHandAsItWas } from '../../../src/domain/stock/as-it-was.js';
import type { ReportedMovement } from '../../../src/domain/stock/commands.js';
import { DISPOSITIONS } from '../../../src/domain/stock/events.js';
import { at, count, id, moved, receipt, StockStory, sale } from '../../support/given-stock.js';

describe('a count sets stock as of the time it was taken', () => {
  it('states what is there, and the variance to the books', () => {
    const story = new StockStory()
      .given(receipt(10), sale(3))
      .when(count(6))
      .records({ type: 'Counted', counted: 6, variance: -1 });
    expect(story.onHand.sellable).toBe(6);
  });

  it('a fact from before the count that comes later changes no stock: the count had seen its effect', () => {
    const story = new StockStory().given(receipt(10, '08:00'), count(7, '11:00'));
    story.when(sale(2, '10:00')).records({ type: 'Sold', settledByCount: ['sellable'], exceptions: ['late'] });
    expect(story.onHand.sellable).toBe(7);
  });

  it('a fact from after the count stands on top of it', () => {
    const story = new StockStory().given(receipt(10, '08:00'), count(7, '11:00'), sale(2, '11:30'));
    expect(story.onHand.sellable).toBe(5);
  });

  it('a count that comes late keeps what happened after it', () => {
    const story = new StockStory().given(receipt(10, '08:00'), sale(2, '11:30'));
    story.when(count(7, '11:00')).records({ type: 'Counted', variance: -3, exceptions: ['late'] });
    expect(story.onHand.sellable).toBe(5);
  });

  it('a count older than the newest one changes nothing', () => {
    const story = new StockStory()
      .given(receipt(10, '08:00'), count(7, '11:00'))
      .when(count(3, '10:00'))
      .records({ variance: 0 });
    expect(story.onHand.sellable).toBe(7);
  });

  it('of two counts at the same instant the greater id counts, whichever came first', () => {
    const a = count(7, '11:00', { id: id('count-a') });
    const b = count(5, '11:00', { id: id('count-b') });
    expect(new StockStory().given(a, b).onHand.sellable).toBe(5);
    expect(new StockStory().given(b, a).onHand.sellable).toBe(5);
  });

  it('settles only the disposition it counted', () => {
    const story = new StockStory().given(receipt(10, '08:00'), count(9, '11:00'));
    story.when(moved(2, 'sellable', 'damaged', '10:00')).records({ settledByCount: ['sellable'] });
    expect(story.onHand).toEqual({ sellable: 9, quarantine: 0, damaged: 2 });
  });
});

/** Few instants and ids, so that ties and lateness are common. */
const facts = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 5 }),
      quantity: fc.integer({ min: 1, max: 9 }),
      kind: fc.constantFrom('receipt', 'sale', 'count', 'count-damaged', 'damage'),
    }),
    { maxLength: 12 },
  )
  .map((rows) =>
    rows.map(({ minute, quantity, kind }, index): ReportedMovement => {
      const time = `10:0${minute}`;
      const named = { id: id(`fact-${index}`) };
      switch (kind) {
        case 'receipt':
          return receipt(quantity, time, named);
        case 'sale':
          return sale(quantity, time, named);
        case 'count':
          return count(quantity, time, named);
        case 'count-damaged':
          return count(quantity, time, { ...named, disposition: 'damaged' });
        default:
          return { ...moved(quantity, 'sellable', 'damaged', time), ...named };
      }
    }),
  );

describe('the same facts', () => {
  it('give the same stock in any order, counts included', () => {
    const anyOrder = facts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(anyOrder, ([inOrder, shuffled]) => {
        const one = new StockStory().given(...inOrder);
        const other = new StockStory().given(...shuffled);
        expect(other.onHand).toEqual(one.onHand);
        expect(onHandAsItWas(other.events, at('23:00'))).toEqual(one.onHand);
      }),
      { numRuns: 500 },
    );
  });

  it('are never refused', () => {
    fc.assert(
      fc.property(facts, (all) => {
        const story = new StockStory();
        for (const fact of all) expect(story.decide(fact)).toHaveLength(1);
        for (const disposition of DISPOSITIONS) expect(Number.isSafeInteger(story.onHand[disposition])).toBe(true);
      }),
    );
  });
});
