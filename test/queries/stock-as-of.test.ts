import { beforeEach, describe, expect, it } from 'vitest';
import { type AsOf, StockAsOf, StockAsOfHandler } from '../../src/queries/stock-as-of.js';
import { at, expectSupply, id, policy, receipt, reserve, sale } from '../support/given-stock.js';
import { place, Shop, sku } from './shop.js';

let shop: Shop;
const state = async (asOf: AsOf) => {
  const handler = new StockAsOfHandler(shop.events, shop.clock);
  return (await handler.execute(new StockAsOf({ sku: sku('MUG'), location: place('STORE-A') }, asOf)))?.cell;
};

beforeEach(async () => {
  shop = new Shop();
  shop.clock.set(at('09:00'));
  await shop.tell('MUG', 'STORE-A', receipt(10, '08:00'), policy({ safetyStock: 2, protections: { web: 3 } }));
  shop.clock.set(at('10:00'));
  await shop.tell('MUG', 'STORE-A', expectSupply('po-1', 8, '11:30'), reserve('cart-1', 1, 3_600));
  shop.clock.set(at('12:00'));
  await shop.tell('MUG', 'STORE-A', policy({ safetyStock: 0 }));
  // Told late: it came before anybody had announced it.
  await shop.tell('MUG', 'STORE-A', receipt(5, '09:30', { supplyId: id('po-1') }), sale(4, '09:45'));
});

describe('the state', () => {
  it('as it was known then has the rules, holds and supply of then', async () => {
    const then = { kind: 'recorded', at: at('10:30') } as const;
    expect(await state(then)).toMatchObject({
      onHand: 10,
      available: 4,
      reserved: 1,
      safetyStock: 2,
      protected: 3,
      inbound: 8,
    });
    expect(await state({ kind: 'revision', revision: 2 })).toMatchObject({ safetyStock: 2, inbound: 0, reserved: 0 });
  });

  it('as it then was has what was told late, and no supply that nobody expected yet', async () => {
    expect(await state({ kind: 'occurred', at: at('09:50') })).toMatchObject({
      onHand: 11,
      available: 6,
      reserved: 0,
      safetyStock: 2,
      inbound: 0,
    });
    expect(await state({ kind: 'occurred', at: at('10:30') })).toMatchObject({ onHand: 11, inbound: 3, reserved: 1 });
  });

  it('now leaves out holds that have expired', async () => {
    expect(await state({ kind: 'now' })).toMatchObject({ onHand: 11, reserved: 0, safetyStock: 0, inbound: 3 });
  });
});
