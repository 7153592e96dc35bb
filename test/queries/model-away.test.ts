import { beforeEach, describe, expect, it } from 'vitest';
import { AvailableToPromise, AvailableToPromiseHandler } from '../../src/queries/availability/available-to-promise.js';
import type { LocationScope } from '../../src/queries/availability/cells-answer.js';
import { expectSupply, policy, receipt, reserve, sale } from '../support/given-stock.js';
import { everywhere, only, place, Shop, sku } from './shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = new Shop();
  await shop.tell('MUG', 'STORE-A', receipt(10), policy({ safetyStock: 1, protections: { web: 3 } }));
  await shop.tell('MUG', 'STORE-B', receipt(5), reserve('cart-1', 2, 60), expectSupply('po-1', 7, '15:00'));
  await shop.level();
});

const ask = (
  skus: string[],
  scope: LocationScope = everywhere,
  { minPosition, channel }: { minPosition?: bigint; channel?: string } = {},
) => {
  const terms = { channel, detail: true };
  return new AvailableToPromiseHandler(shop.cells).execute(
    new AvailableToPromise(skus.map(sku), scope, terms, minPosition),
  );
};

describe.each(['away', 'hung'] as const)('the read model %s', (trouble) => {
  it('is stood in for by the streams, with the same numbers, where the locations were seen before', async () => {
    const before = await ask(['MUG'], everywhere, { channel: 'web' });
    shop.model.trouble = trouble;
    const after = await ask(['MUG'], everywhere, { channel: 'web' });
    expect(after).toEqual({ ...before, source: 'streams' });
    expect(after.items[0]).toMatchObject({
      available: 12,
      locations: [{ available: 9 }, { available: 3, inbound: 7 }],
    });
  });

  it('is stood in for where the locations are named, as of now', async () => {
    shop.model.trouble = trouble;
    const minPosition = await shop.tell('MUG', 'STORE-A', sale(4));
    expect(await ask(['MUG'], only('STORE-A', 'STORE-C'), { minPosition })).toMatchObject({
      items: [{ sku: 'MUG', available: 2, locations: [{ location: 'STORE-A', onHand: 6 }] }],
      unknown: [],
      position: minPosition,
      ageMs: 0,
      source: 'streams',
      stale: false,
    });
  });

  it('is never stood in for by a guess: where a SKU is kept, or whether it exists, must be known', async () => {
    shop.model.trouble = trouble;
    await expect(ask(['MUG'])).rejects.toThrow(/where MUG is kept is not known here/);
    await expect(ask(['NEVER'], only('STORE-A'))).rejects.toThrow(/whether NEVER exists is not known here/);
    await expect(ask(['MUG', 'NEVER'], only('STORE-A'))).rejects.toThrow(/NEVER/);
  });
});

describe('the streams in place of the read model', () => {
  it('leave out holds whose second has come', async () => {
    await ask(['MUG']);
    shop.model.trouble = 'away';
    shop.clock.set(shop.clock.now() + 60_000);
    const { items } = await ask(['MUG'], only('STORE-B'));
    expect(items[0]?.locations).toMatchObject([{ location: 'STORE-B', reserved: 0, available: 5 }]);
  });

  it('show what was written since, at the locations that are known', async () => {
    const { position } = await ask(['MUG']);
    shop.model.trouble = 'away';
    const minPosition = await shop.tell('MUG', 'STORE-B', sale(1));
    expect(await ask(['MUG'])).toMatchObject({ items: [{ available: 8 }], position, stale: false });
    expect(await ask(['MUG'], everywhere, { minPosition })).toMatchObject({ position: minPosition, stale: false });
  });

  it('say that they are stale when the SKU has come to another location since', async () => {
    const { position } = await ask(['MUG']);
    shop.model.trouble = 'away';
    const minPosition = await shop.tell('MUG', 'STORE-C', receipt(100));
    expect(await ask(['MUG'], everywhere, { minPosition })).toMatchObject({
      items: [{ available: 9 }],
      position,
      stale: true,
    });
  });

  it('say 0 of a SKU that exists and was never at the locations asked about', async () => {
    await ask(['MUG']);
    shop.model.trouble = 'away';
    expect(await ask(['MUG'], only('STORE-Z'))).toMatchObject({ items: [{ sku: 'MUG', available: 0, locations: [] }] });
  });

  it('show a caller nothing of locations that are not theirs', async () => {
    await ask(['MUG']);
    shop.model.trouble = 'away';
    const maySee = (location: string) => location === 'STORE-B';
    expect(await ask(['MUG'], { maySee })).toMatchObject({ items: [{ available: 3 }] });
    const foreign = { maySee: () => false, only: new Set([place('STORE-A')]) };
    await expect(ask(['MUG'], foreign)).rejects.toThrow(/not known here/);
  });

  it('are read for up to 200 cells a call', async () => {
    const many = Array.from({ length: 201 }, (_, n) => `STORE-${n}`);
    shop.model.trouble = 'away';
    await expect(ask(['MUG'], only(...many))).rejects.toThrow(/201 streams are too many/);
    expect(await ask(['MUG'], only('STORE-A', ...many.slice(2)))).toMatchObject({ items: [{ available: 6 }] });
  });

  it('stand back when the read model answers again', async () => {
    shop.model.trouble = 'away';
    await ask(['MUG'], only('STORE-A'));
    shop.model.trouble = 'none';
    expect(await ask(['MUG'], only('STORE-A'))).toMatchObject({ source: 'memory' });
  });
});
