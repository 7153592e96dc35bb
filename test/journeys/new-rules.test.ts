import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { balances, hledger } from '../erp/hledger.js';
import { clearOfMidnight } from '../support/midnight.js';
import { ServiceProcess } from '../support/service.js';

const RULES = { version: 3, costing: 'fifo', damaged: 'write-off' };
const CHART = {
  name: 'shop',
  version: 1,
  accounts: {
    inventory: 'assets:inventory:{location}',
    'in-transit': 'assets:in-transit',
    grni: 'liabilities:suppliers',
    'returns-clearing': 'liabilities:returns-clearing',
    cogs: 'expenses:cogs',
    shrinkage: 'expenses:shrinkage',
    revaluation: 'expenses:revaluation',
  },
};
let today: string;

let service: ServiceProcess;
const dataDir = mkdtempSync(join(tmpdir(), 'stockfold-'));
const journal = join(dataDir, 'postings.journal');

const movement = (id: string, type: string, more: object) => ({
  id,
  type,
  sku: 'MUG',
  location: 'STORE-A',
  occurredAt: '2026-11-02T08:00:00Z',
  ...more,
});

beforeAll(async () => {
  await clearOfMidnight();
  today = new Date().toISOString().slice(0, 10);
  service = await ServiceProcess.start({}, dataDir);
  await service.record(
    movement('r1', 'receipt', { quantity: 10, unitCost: '2.00', currency: 'GBP' }),
    movement('r2', 'receipt', { quantity: 10, unitCost: '4.00', currency: 'GBP' }),
    movement('s1', 'sale', { quantity: 8 }),
    movement('d1', 'disposition', { quantity: 2, from: 'sellable', to: 'damaged' }),
  );
});
afterAll(() => service.remove());

const delivered = (count: number) =>
  expect
    .poll(async () => (await service.get('/v1/postings?status=delivered&limit=100')).body.items.length, {
      timeout: 20_000,
    })
    .toBe(count);

async function replay(more: object) {
  const asked = await service.post('/v1/replays', { connector: 'journal', ...more }, 'erp');
  expect(asked.status).toBe(202);
  await expect
    .poll(async () => (await service.get(`/v1/replays/${asked.body.id}`, 'erp')).body.status, { timeout: 20_000 })
    .not.toBe('running');
  return (await service.get(`/v1/replays/${asked.body.id}`, 'auditor')).body;
}

/** From the book of valuations, which is no further because that of postings is. */
const worth = async () => (await service.get('/v1/valuation?location=STORE-A', 'auditor')).body.items[0];
describe('finance changes the rules', () => {
  it('and sees first what that would change', async () => {
    await delivered(3);
    const { status, changes, rules } = await replay({ dryRun: true, rules: RULES });
    expect({ status, rules }).toEqual({ status: 'finished', rules: RULES });
    expect(changes).toMatchObject({
      streams: 1,
      changed: 1,
      adjustments: 2,
      valueOnHand: [{ currency: 'GBP', before: '36.00', after: '40.00', difference: '4.00' }],
    });
    expect(changes.accounts.map(({ account, difference }: Record<string, string>) => [account, difference])).toEqual([
      ['assets:inventory:STORE-A', '4.00'],
      ['expenses:cogs', '-8.00'],
      ['expenses:shrinkage', '4.00'],
    ]);
    await delivered(3);
  });

  it('then the differences are posted, today, and the books still agree', async () => {
    expect(await replay({ dryRun: false, rules: RULES })).toMatchObject({ status: 'finished', date: today });
    await delivered(5);
    await hledger(journal, 'check');
    expect(await balances(journal)).toEqual({
      'assets:inventory:STORE-A': '40.00 GBP',
      'expenses:cogs': '16.00 GBP',
      'expenses:shrinkage': '4.00 GBP',
      'liabilities:grni': '-60.00 GBP',
    });
    await expect.poll(worth).toMatchObject({ quantity: 10, value: '40.00', method: 'fifo' });
    const { body } = await service.get('/v1/postings?limit=100', 'erp');
    const refs = body.items.map(({ ref }: { ref: string }) => ref);
    expect(refs.filter((ref: string) => ref.endsWith('.r3'))).toHaveLength(2);
  });

  it('and what is sold later is valued by the new ones', async () => {
    expect(await replay({ dryRun: false, rules: RULES })).toMatchObject({ changes: { adjustments: 0 } });
    await service.record(movement('s2', 'sale', { quantity: 5, occurredAt: '2026-11-03T08:00:00Z' }));
    await delivered(6);
    await expect.poll(worth).toMatchObject({ quantity: 5, value: '20.00' });
  });

  it('is told what is wrong with them', async () => {
    const { status, changes } = await replay({ dryRun: false, rules: { ...RULES, costing: 'moving-average' } });
    expect(status).toBe('refused');
    expect(changes.refused).toMatch(/^MUG at STORE-A has been valued by rules of version 3: give the new ones/);
  });

  it.each([
    [{ rules: { ...RULES, version: 2 } }, 'rules.version'],
    [{ rules: { ...RULES, costing: 'lifo' } }, 'rules.costing'],
    [{ rules: { version: 3, costing: 'fifo' } }, 'rules.damaged'],
    [{ rules: { ...RULES, method: 'fifo' } }, 'rules.method'],
    [{ rules: 'fifo' }, 'rules'],
    [{ rules: RULES, to: '2026-11-20T00:00:00Z' }, 'to'],
    [{ rules: RULES, date: '2026-13-01' }, 'date'],
    [{ date: '2026-11-20' }, 'date'],
    [{ rules: RULES, chart: CHART }, 'chart'],
    [{ chart: { ...CHART, accounts: { ...CHART.accounts, till: '1000' } } }, 'chart'],
    [{ chart: CHART, from: '2026-11-20T00:00:00Z' }, 'from'],
  ])('%j is wrong in %s', async (more, path) => {
    const { status, body } = await service.post('/v1/replays', { connector: 'journal', dryRun: true, ...more }, 'erp');
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });
});

describe('finance changes the chart of accounts', () => {
  it('sees first what that would move, and has it moved once the connector posts by it', async () => {
    const dry = await replay({ dryRun: true, chart: CHART });
    expect(dry).toMatchObject({ status: 'finished', chart: 'shop-1', changes: { changed: 1 } });
    expect(await replay({ dryRun: false, chart: CHART })).toMatchObject({ status: 'refused' });
    const file = join(dataDir, 'chart.json');
    writeFileSync(file, JSON.stringify(CHART));
    await service.stop();
    service = await ServiceProcess.start({ ERP_CHART: file }, dataDir);
    const { changes } = await replay({ dryRun: false, chart: CHART });
    expect(changes.accounts).toEqual([
      { account: 'liabilities:grni', currency: 'GBP', before: '-60.00', after: '0.00', difference: '60.00' },
      { account: 'liabilities:suppliers', currency: 'GBP', before: '0.00', after: '-60.00', difference: '-60.00' },
    ]);
    await delivered(7);
    await hledger(journal, 'check');
    expect(await balances(journal, 'liabilities')).toEqual({ 'liabilities:suppliers': '-60.00 GBP' });
    const { body } = await service.get('/v1/reconciliation', 'auditor');
    expect(body.erps[0]).toMatchObject({ connector: 'journal', state: 'agrees', pending: 0, notBridged: 0 });
  });
});
