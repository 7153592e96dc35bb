import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOf, ChartAccounts, mappingOf } from '../../../src/adapters/erp/chart.js';
import { readChart } from '../../../src/adapters/erp/chart-file.js';
import { HLEDGER_CHART } from '../../../src/adapters/erp/journal-file/chart.js';
import { TRYTON_CHART } from '../../../src/adapters/erp/tryton/default-chart.js';
import { chartDefects } from '../../../src/domain/chart/chart-defects.js';
import type { AccountRole } from '../../../src/domain/valuation/accounts.js';
import type { LocationId } from '../../../src/domain/values/identifiers.js';

const ACCOUNTS = {
  inventory: [{ location: 'STORE-B', account: '1401' }, { account: '14-{location}' }],
  'in-transit': '1450',
  grni: '2150',
  'returns-clearing': '2160',
  cogs: [{ class: 'toys', account: '5001' }, { account: '5000' }],
  shrinkage: [
    { location: 'STORE-A', reason: 'theft', account: '5199' },
    { reason: 'theft', account: '5190' },
    { account: '5100' },
  ],
  revaluation: '5200',
};
const CHART = { name: 'own', version: 3, accounts: ACCOUNTS };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stockfold-chart-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  const path = join(folder, 'chart.json');
  writeFileSync(path, text);
  return readChart(path);
}

const line = (role: AccountRole, location: string, dimensions?: { class?: string; reason?: string }) => ({
  role,
  location: location as LocationId,
  ...(dimensions === undefined ? {} : { dimensions }),
});

describe('a chart of accounts', () => {
  it('is read from a file', () => {
    const chart = read(JSON.stringify(CHART));
    expect(mappingOf(chart)).toBe('own-3');
    expect(accountOf(chart, line('grni', 'STORE-A'))).toBe('2150');
  });

  it.each<[string, ReturnType<typeof line>]>([
    ['1401', line('inventory', 'STORE-B')],
    ['14-STORE-A', line('inventory', 'STORE-A')],
    ['5001', line('cogs', 'STORE-A', { class: 'toys' })],
    ['5000', line('cogs', 'STORE-A', { class: 'food' })],
    ['5000', line('cogs', 'STORE-A')],
    ['5199', line('shrinkage', 'STORE-A', { reason: 'theft' })],
    ['5190', line('shrinkage', 'STORE-B', { reason: 'theft' })],
    ['5100', line('shrinkage', 'STORE-A', { reason: 'damage' })],
  ])('takes the first rule that fits: %s', (account, of) => {
    expect(accountOf(read(JSON.stringify(CHART)), of)).toBe(account);
  });

  it('is known by the connector that uses it', () => {
    const accounts = new ChartAccounts(
      new Map([
        ['tryton', TRYTON_CHART],
        ['journal', HLEDGER_CHART],
      ]),
    );
    const stock = { ...line('inventory', 'LEEDS'), amount: 1n };
    expect(accounts.accountOf('tryton', stock)).toBe('1400');
    expect(accounts.accountOf('journal', stock)).toBe('assets:inventory:LEEDS');
    expect(() => accounts.accountOf('other', stock)).toThrow('No chart of accounts is known for other');
  });

  it('cannot be used without its file, or when that is not JSON', () => {
    expect(() => readChart(join(folder, 'none.json'))).toThrow('none.json cannot be read');
    expect(() => read('{')).toThrow('chart.json is not JSON');
  });

  it.each<[string, unknown]>([
    ['it must be an object', 7],
    ['name must be', { ...CHART, name: 'Own Chart' }],
    ['version must be a whole number', { ...CHART, version: 0 }],
    ['version must be a whole number', { ...CHART, version: '1' }],
    ['journal must be text', { ...CHART, journal: '' }],
    ['it knows no acounts', { ...CHART, acounts: {} }],
    ['accounts must be an object', { name: 'own', version: 1 }],
    ['accounts.cogs is missing', { ...CHART, accounts: { ...ACCOUNTS, cogs: undefined } }],
    ['accounts.sales is no role', { ...CHART, accounts: { ...ACCOUNTS, sales: '4000' } }],
    ['accounts.grni must be the name of an account', { ...CHART, accounts: { ...ACCOUNTS, grni: 'two words' } }],
    ['accounts.grni must be an account or a list', { ...CHART, accounts: { ...ACCOUNTS, grni: [] } }],
    ['accounts.grni[0] must be an object', { ...CHART, accounts: { ...ACCOUNTS, grni: ['2150'] } }],
    [
      'accounts.grni[0].color is no dimension',
      { ...CHART, accounts: { ...ACCOUNTS, grni: [{ color: 'red', account: '1' }] } },
    ],
    [
      'accounts.grni[0].reason must be text',
      { ...CHART, accounts: { ...ACCOUNTS, grni: [{ reason: 5, account: '1' }] } },
    ],
    [
      'last rule of accounts.grni must fit every line',
      { ...CHART, accounts: { ...ACCOUNTS, grni: [{ reason: 'loss', account: '1' }] } },
    ],
  ])('says what is wrong with it: %s', (message, json) => {
    expect(chartDefects(json).join('; ')).toContain(message);
    expect(() => read(JSON.stringify(json))).toThrow('cannot be used');
  });

  it('names all its defects at once', () => {
    expect(chartDefects({ name: '', version: 1, accounts: { ...ACCOUNTS, cogs: 1, grni: 2 } })).toHaveLength(3);
  });
});
