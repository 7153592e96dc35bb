import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import { TrytonBehindProxy } from './behind-proxy.js';
import { aSale, dayOf } from './books.js';

let erp: TrytonBehindProxy;
let connector: TrytonConnector;

beforeAll(async () => {
  erp = await TrytonBehindProxy.start();
  connector = erp.connector();
  await connector.open();
});
afterAll(() => erp.stop());

const salesOf = (month: number, count: number) => Array.from({ length: count }, () => aSale({ date: dayOf(month) }));
const codes = async (postings: readonly ReturnType<typeof aSale>[]) =>
  (await connector.post(postings)).map((outcome) => (outcome.status === 'rejected' ? outcome.code : outcome.status));
const drafts = async () => (await erp.accountant.moves()).filter(({ state }) => state === 'draft');

describe('a period that is closed in the middle', () => {
  it('rejects its own postings and nothing else, and can be closed again at once', async () => {
    expect(await codes([...salesOf(3, 5), ...salesOf(4, 5)])).toEqual(Array(10).fill('posted'));
    await erp.accountant.close(4);
    const mixed = [...salesOf(3, 3), ...salesOf(4, 4), ...salesOf(5, 3)];
    expect(await codes(mixed)).toEqual([
      ...Array(3).fill('posted'),
      ...Array(4).fill('PERIOD_CLOSED'),
      ...Array(3).fill('posted'),
    ]);
    expect(await drafts()).toEqual([]);
    await erp.accountant.reopen(4);
    await erp.accountant.close(4);
  });

  it('says which one it is, and where the next open one begins', async () => {
    const [outcome] = await connector.post(salesOf(4, 1));
    const year = new Date().getFullYear();
    expect(outcome).toMatchObject({ code: 'PERIOD_CLOSED', detail: expect.stringContaining(`${year}-04`) });
    expect(await connector.openDateFrom(dayOf(4))).toBe(`${year}-05-01`);
    expect(await connector.openDateFrom(dayOf(5))).toBe(dayOf(5));
    expect(await connector.openDateFrom('2999-01-01')).toBeUndefined();
  });

  it('still knows what was posted before it was closed', async () => {
    const sales = salesOf(6, 3);
    await connector.post(sales);
    await erp.accountant.close(6);
    expect(await codes(sales)).toEqual(Array(3).fill('duplicate'));
  });

  it('takes postings as soon as it is reopened', async () => {
    const [late] = salesOf(7, 1);
    await codes(salesOf(7, 1));
    await erp.accountant.close(7);
    expect(await codes(late === undefined ? [] : [late])).toEqual(['PERIOD_CLOSED']);
    await erp.accountant.reopen(7);
    expect(await codes(late === undefined ? [] : [late])).toEqual(['posted']);
  });

  it('is not taken for open when its journals have stayed closed', async () => {
    await codes(salesOf(8, 1));
    await erp.accountant.close(8);
    await erp.accountant.call('account.period.reopen', [await erp.accountant.period(8)]);
    const [outcome] = await connector.post(salesOf(8, 1));
    expect(outcome).toMatchObject({ code: 'PERIOD_CLOSED', detail: expect.stringContaining('journal') });
    expect(await drafts()).toEqual([]);
  });

  it('keeps no draft that a lost answer has left in it', async () => {
    const sku = 'LOST' as Sku;
    const sales = [aSale({ date: dayOf(9), sku }), aSale({ date: dayOf(9), sku })];
    erp.proxy.fault = (method) => (method === 'model.account.move.post' ? 'lost' : undefined);
    expect(await codes(sales)).toEqual(['retry-later', 'retry-later']);
    await expect(erp.accountant.close(9)).rejects.toThrow('post the moves');
    erp.proxy.fault = () => undefined;
    // The person in charge has decided otherwise meanwhile: the same posting on another day.
    expect(await codes(sales.map((sale) => ({ ...sale, date: dayOf(10) })))).toEqual(['posted', 'posted']);
    await erp.accountant.close(9);
    expect(await drafts()).toEqual([]);
  });

  it('is not given up while its draft may still be there', async () => {
    const sale = aSale({ date: dayOf(11) });
    erp.proxy.fault = (method) => (method === 'model.account.move.post' ? 'lost' : undefined);
    await connector.post([sale]);
    erp.proxy.fault = (method) => (method === 'model.account.move.delete' ? 'lost' : undefined);
    const unbalanced = { ...sale, lines: sale.lines.slice(1) };
    expect(await connector.post([unbalanced])).toMatchObject([{ status: 'retry-later', applied: 'unknown' }]);
    erp.proxy.fault = () => undefined;
    expect(await codes([unbalanced])).toEqual(['UNBALANCED']);
    expect(await drafts()).toEqual([]);
  });
});
