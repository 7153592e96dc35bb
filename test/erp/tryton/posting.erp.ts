import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chartOf } from '../../../src/adapters/erp/chart.js';
import { TRYTON_CHART } from '../../../src/adapters/erp/tryton/default-chart.js';
import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import type { AccountRole } from '../../../src/domain/valuation/accounts.js';
import type { Currency } from '../../../src/domain/values/currency.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import type { ErpPosting } from '../../../src/ports/erp.js';
import { QUIET } from '../../projections-valuation/shop.js';
import { Accountant, aSale, dayOf } from './books.js';
import { Tryton } from './tryton.mjs';

let tryton: Tryton;
let accountant: Accountant;
let connector: TrytonConnector;

beforeAll(async () => {
  tryton = await Tryton.start();
  accountant = new Accountant(tryton);
});
afterAll(() => tryton.stop());
beforeEach(async () => {
  connector = await connected();
});

async function connected(more: object = {}): Promise<TrytonConnector> {
  const fresh = new TrytonConnector({ ...tryton.account, ...more }, QUIET);
  await fresh.open();
  return fresh;
}

const outcomeOf = async (posting: ErpPosting) => (await connector.post([posting]))[0];
const line = (role: AccountRole, amount: bigint, location = 'STORE-A') => ({
  role,
  location: location as LocationId,
  amount,
});
const linesOf = async ({ ref }: ErpPosting) => (await connector.entries([ref])).get(ref)?.lines;
const drafts = async () => (await accountant.moves()).filter(({ state }) => state === 'draft');

describe('a posting in Tryton', () => {
  it.each<[AccountRole, string, string]>([
    ['inventory', 'STORE-A', '1400'],
    ['inventory', 'STORE-B', '1401'],
    ['inventory', 'ELSEWHERE', '1400'],
    ['in-transit', 'STORE-A', '1450'],
    ['grni', 'STORE-A', '2150'],
    ['returns-clearing', 'STORE-A', '2160'],
    ['shrinkage', 'STORE-A', '5100'],
    ['revaluation', 'STORE-A', '5200'],
  ])('has the account of %s at %s: %s', async (role, location, account) => {
    const posting = aSale({ lines: [line(role, 250n, location), line('cogs', -250n)] });
    expect(await outcomeOf(posting)).toEqual({ status: 'posted' });
    expect(await linesOf(posting)).toEqual([
      { account, amount: 250n },
      { account: '5000', amount: -250n },
    ]);
  });

  it('goes where a chart of its own says, by location and reason', async () => {
    const { accounts } = TRYTON_CHART;
    const flat = Object.fromEntries(Object.entries(accounts).map(([role]) => [role, '5000']));
    const shrinkage = [{ reason: 'damage', account: '5200' }, { account: '5100' }];
    const chart = chartOf({ name: 'own', version: 7, accounts: { ...flat, inventory: '1450', shrinkage } as never });
    connector = await connected({ chart });
    expect(connector.mapping).toBe('own-7');
    const posting = aSale({
      lines: [{ ...line('shrinkage', 90n), dimensions: { reason: 'damage' } }, line('inventory', -90n)],
    });
    expect(await outcomeOf(posting)).toEqual({ status: 'posted' });
    expect(await linesOf(posting)).toEqual([
      { account: '5200', amount: 90n },
      { account: '1450', amount: -90n },
    ]);
  });

  it('says to people what it is', async () => {
    const posting = aSale({ sku: 'MUG-1' as Sku });
    await outcomeOf(posting);
    const rows = await accountant.rows(
      'account.move',
      [['external_ref', '=', posting.ref]],
      ['description', 'post_number'],
    );
    expect(rows).toMatchObject([
      {
        description: `Sold ${posting.source.movementId} MUG-1@STORE-A`,
        post_number: expect.stringMatching(/^\d{4}\//),
      },
    ]);
  });

  it('is a duplicate also when its accounts and its day have changed since', async () => {
    const posting = aSale();
    await outcomeOf(posting);
    connector = await connected({
      chart: { ...TRYTON_CHART, accounts: { ...TRYTON_CHART.accounts, cogs: TRYTON_CHART.accounts.grni } },
    });
    expect(await outcomeOf({ ...posting, date: dayOf(4) })).toEqual({ status: 'duplicate' });
  });

  it('needs a person when the ERP holds other amounts under its ref', async () => {
    const posting = aSale({}, 100n);
    await outcomeOf(posting);
    expect(await outcomeOf({ ...aSale({}, 101n), ref: posting.ref })).toMatchObject({ code: 'NEEDS_HUMAN' });
  });
});

describe('a posting that the ERP cannot take', () => {
  it.each<[string, string, () => ErpPosting]>([
    ['UNBALANCED', 'does not balance', () => aSale({ lines: [line('inventory', 100n), line('cogs', -99n)] })],
    ['CONFIG', 'has a foreign currency', () => aSale({ currency: 'GBP' as Currency })],
    ['CONFIG', 'has a day of a year without periods', () => aSale({ date: '1999-12-31' })],
    ['PERIOD_CLOSED', 'has a day that is closed', () => aSale({ date: dayOf(1, new Date().getFullYear() - 1) })],
  ])('is rejected as %s when it %s', async (code, _, posting) => {
    expect(await outcomeOf(posting())).toMatchObject({
      status: 'rejected',
      code,
      detail: expect.stringMatching(/\w{3}/),
    });
    expect(await drafts()).toEqual([]);
  });

  it('is rejected as BAD_ACCOUNT until the account is there', async () => {
    const chart = { ...TRYTON_CHART, accounts: { ...TRYTON_CHART.accounts, cogs: [{ when: {}, account: '5999' }] } };
    connector = await connected({ chart });
    const posting = aSale();
    expect(await outcomeOf(posting)).toMatchObject({ status: 'rejected', code: 'BAD_ACCOUNT', detail: /5999/ });
    const [like] = await accountant.rows('account.account', [['code', '=', '5000']], ['code']);
    await accountant.call('account.account.copy', [like?.id], { code: '5999', name: 'New' });
    expect(await outcomeOf(posting)).toEqual({ status: 'posted' });
  });

  it('is rejected as BAD_ACCOUNT when the account wants a party, and leaves no draft', async () => {
    const [receivable] = await accountant.rows('account.account', [['type.receivable', '=', true]], ['code']);
    await accountant.call('account.account.write', [receivable?.id], { code: '1100', template_override: true });
    const accounts = { ...TRYTON_CHART.accounts, cogs: [{ when: {}, account: '1100' }] };
    connector = await connected({ chart: { ...TRYTON_CHART, accounts } });
    expect(await outcomeOf(aSale())).toMatchObject({ status: 'rejected', code: 'BAD_ACCOUNT', detail: /Party/ });
    expect(await drafts()).toEqual([]);
  });

  it('is found among others that are posted, and holds back only those behind it', async () => {
    const good = Array.from({ length: 24 }, () => aSale());
    const bad = aSale({ sku: 'BAD' as Sku, lines: [line('inventory', 1n), line('cogs', -2n)] });
    const behind = aSale({ sku: 'BAD' as Sku });
    const elsewhere = aSale({ sku: 'BAD' as Sku, location: 'STORE-B' as LocationId });
    const outcomes = await connector.post([...good.slice(0, 12), bad, behind, elsewhere, ...good.slice(12)]);
    const names = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.code : outcome.status));
    expect(names).toEqual([
      ...Array(12).fill('posted'),
      'UNBALANCED',
      'retry-later',
      'posted',
      ...Array(12).fill('posted'),
    ]);
    expect(outcomes[13]).toMatchObject({ applied: 'no' });
  });

  it('is found among others also when only the ERP knows what is wrong with it', async () => {
    const accounts = {
      ...TRYTON_CHART.accounts,
      shrinkage: [{ when: {}, account: '1100' }],
    };
    connector = await connected({ chart: { ...TRYTON_CHART, accounts } });
    const good = Array.from({ length: 20 }, () => aSale());
    const wrong = () => aSale({ lines: [line('inventory', -5n), line('shrinkage', 5n)] });
    const outcomes = await connector.post([...good.slice(0, 7), wrong(), ...good.slice(7), wrong()]);
    const rejected = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(rejected).toEqual([7, 21]);
    expect(outcomes.filter(({ status }) => status === 'posted')).toHaveLength(20);
    expect(await drafts()).toEqual([]);
  });
});

describe('an ERP that is not set up', () => {
  it.each([
    ['ERP_USER and ERP_PASSWORD', { password: 'wrong' }],
    ['journals with the code NONE', { chart: { ...TRYTON_CHART, journal: 'NONE' } }],
  ])('says so at the start: %s', async (message, wrong) => {
    await expect(connected(wrong)).rejects.toThrow(message);
  });

  it('that is away is waited for: nothing is applied', async () => {
    const away = await connected({ url: 'http://127.0.0.1:10/erp/' });
    const [outcome] = await away.post([aSale()]);
    expect(outcome).toMatchObject({ status: 'retry-later', applied: 'no' });
    await expect(away.find(['any'])).rejects.toThrow('cannot be reached');
  });
});
