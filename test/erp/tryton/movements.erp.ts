import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import { QUIET } from '../../projections-valuation/shop.js';
import { aSale, dayOf } from './books.js';
import { Tryton } from './tryton.mjs';

let tryton: Tryton;
let connector: TrytonConnector;

beforeAll(async () => {
  tryton = await Tryton.start();
  connector = new TrytonConnector(tryton.account, QUIET);
  await connector.open();
});
afterAll(async () => {
  await connector.close();
  await tryton.stop();
});

describe('what is on an account of the ERP', () => {
  it('is listed line by line, with our refs, from a day to a day', async () => {
    const [march, april] = [aSale({ date: dayOf(3) }), aSale({ date: dayOf(4) })];
    expect(await connector.post([march, april])).toEqual([{ status: 'posted' }, { status: 'posted' }]);
    const cogs = march.lines.find(({ role }) => role === 'cogs');
    const found = await connector.movements('5000', march.date, march.date);
    expect(found).toMatchObject([
      { ref: march.ref, date: march.date, currency: 'EUR', amount: cogs?.amount, entry: expect.stringMatching(/./) },
    ]);
    const both = await connector.movements('5000', march.date, april.date);
    expect(both.map(({ ref }) => ref)).toEqual([march.ref, april.ref]);
  });
});
