import { describe, expect, it } from 'vitest';
import { at, cancel, confirm, fulfil, id, receipt, reserve, StockStory, sale } from '../../support/given-stock.js';

const stocked = () => new StockStory().given(receipt(10));

describe('a hold', () => {
  it('keeps units for its reference until its second', () => {
    const story = stocked()
      .clock('12:00')
      .when(reserve('cart', 4, 60))
      .records({
        type: 'Reserved',
        reference: 'cart',
        quantity: 4,
        expiresAt: at('12:01'),
      });
    expect(story.held).toBe(4);
  });

  it('lives to a whole second, never shorter than asked for', () => {
    const story = stocked().clock('12:00:00.250');
    story.when(reserve('cart', 1, 5)).records({ type: 'Reserved', expiresAt: at('12:00:06') });
  });

  it('is refused when less is available, and the answer says how much is', () => {
    stocked()
      .given(reserve('first', 7))
      .when(reserve('second', 4))
      .refuses('insufficient', { requested: 4, available: 3 });
  });

  it('takes the last unit, and not one more', () => {
    stocked().given(reserve('all', 10)).when(reserve('one', 1)).refuses('insufficient', { available: 0 });
  });

  it('frees its units when it expires, and the next decision writes that down', () => {
    stocked()
      .clock('12:00')
      .given(reserve('cart', 10, 60))
      .clock('12:01')
      .when(reserve('next', 10, 60))
      .records(
        { type: 'Released', reference: 'cart', quantity: 10, reason: 'expired' },
        { type: 'Reserved', reference: 'next' },
      );
  });

  it('is still there in the second before', () => {
    stocked()
      .clock('12:00')
      .given(reserve('cart', 10, 60))
      .clock('12:00:59')
      .when(reserve('next', 1))
      .refuses('insufficient');
  });

  it('confirmed, no longer expires', () => {
    stocked()
      .clock('12:00')
      .given(reserve('cart', 10, 60), confirm('cart'))
      .clock('23:00')
      .when(reserve('next', 1))
      .refuses('insufficient');
  });

  it('confirmed twice is confirmed once', () => {
    stocked().given(reserve('cart', 1), confirm('cart')).when(confirm('cart')).records();
  });

  it('cannot be confirmed after its second', () => {
    stocked()
      .clock('12:00')
      .given(reserve('cart', 1, 60))
      .clock('12:01')
      .when(confirm('cart'))
      .refuses('reservation-ended');
  });

  it('cancelled, frees its units', () => {
    const story = stocked()
      .given(reserve('cart', 4))
      .when(cancel('cart'))
      .records({ type: 'Released', quantity: 4, reason: 'cancelled' });
    expect(story.held).toBe(0);
  });

  it('fulfilled, becomes a sale', () => {
    const story = stocked()
      .given(reserve('cart', 4), confirm('cart'))
      .when(fulfil('cart', 'parcel-1'))
      .records(
        { type: 'Fulfilled', reference: 'cart', quantity: 4, remaining: 0, saleId: 'cart/parcel-1' },
        { type: 'Sold', id: 'cart/parcel-1', quantity: 4 },
      );
    expect(story.held).toBe(0);
    expect(story.onHand.sellable).toBe(6);
  });

  it('fulfilled in part, keeps the rest', () => {
    const story = stocked().given(reserve('cart', 4), confirm('cart'), fulfil('cart', 'parcel-1', 1));
    expect(story.held).toBe(3);
    story.when(fulfil('cart', 'parcel-2', 4)).refuses('fulfil-exceeds-hold', { requested: 4, held: 3 });
  });
});

describe('a sale that names a hold', () => {
  const naming = (quantity: number) =>
    ({
      type: 'record-movement',
      movement: sale(quantity, '12:00', { id: id(`till-${quantity}`), reservationId: 'r-cart' }),
      holds: [id('cart')],
    }) as const;

  it('takes what is left of it; the excess is an ordinary sale', () => {
    const story = stocked()
      .given(reserve('cart', 4))
      .when(naming(6))
      .records({ type: 'Fulfilled', quantity: 4, remaining: 0 }, { type: 'Sold', quantity: 6 });
    expect(story.held).toBe(0);
    expect(story.onHand.sellable).toBe(4);
  });

  it('is never refused when the hold has ended: it says hold-missing', () => {
    stocked()
      .given(reserve('cart', 4), cancel('cart'))
      .when(naming(4))
      .records({ type: 'Sold', quantity: 4, exceptions: ['hold-missing'] });
  });

  it('does not call its own units oversold', () => {
    const story = stocked().given(reserve('cart', 10));
    const events = story.decide(naming(10));
    expect(events).toEqual([
      expect.objectContaining({ type: 'Fulfilled' }),
      expect.not.objectContaining({ exceptions: expect.anything() }),
    ]);
  });
});
