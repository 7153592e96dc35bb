import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChartAccounts } from '../../../src/adapters/erp/chart.js';
import { HLEDGER_CHART } from '../../../src/adapters/erp/journal-file/chart.js';
import { JournalFileConnector } from '../../../src/adapters/erp/journal-file/journal-file-connector.js';
import { StartReplay, StartReplayHandler } from '../../../src/commands/postings/start-replay.js';
import { type Chart, mappingOf } from '../../../src/domain/chart/chart.js';
import { DeliveryProjection } from '../../../src/projections/erp-delivery/delivery-projection.js';
import { ErpGate } from '../../../src/projections/erp-delivery/erp-gate.js';
import { ReplayRun } from '../../../src/projections/replay/replay-run.js';
import { readReplay } from '../../../src/streams/replay-streams.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { balances, hledger } from '../../erp/hledger.js';
import { at, FaultyStore, QUIET, record, settle, valuations } from '../../projections-valuation/shop.js';
import { valueAll } from '../erp-delivery/poster.js';
import { balancesOf, CLOCK, EVERYTHING, IN_AGREEMENT, postingsOf, reconciled, replayUnder } from './books.js';

const MUG = at('MUG', 'LEEDS');
const CUP = at('CUP', 'YORK');

/** Cost of sales by location from now on, and another account for what is not invoiced yet. */
const chartWith = (version: number, cogs: string): Chart => ({
  ...HLEDGER_CHART,
  version,
  accounts: { ...HLEDGER_CHART.accounts, cogs: [{ when: {}, account: cogs }] },
});
const NEW = chartWith(2, 'expenses:cogs:{location}');

let folder: string;
let store: FaultyStore;
let connector: JournalFileConnector;
let accounts: ChartAccounts;

/** A poster is started with this chart. */
async function startWith(chart: Chart): Promise<void> {
  await connector?.close();
  connector = new JournalFileConnector(join(folder, 'postings.journal'), QUIET, { chart });
  accounts = new ChartAccounts(new Map([['journal', chart]]));
  await connector.open();
}
const deliver = () => settle(store, new DeliveryProjection(store, connector));
const ledger = () => balances(join(folder, 'postings.journal'));

async function replay(chart: Chart, dryRun = false) {
  const caller = { actor: 'maria', correlationId: 'c-1' };
  const command = new StartReplay('journal', EVERYTHING, dryRun, caller, { kind: 'chart', chart });
  const id = await new StartReplayHandler(store, CLOCK).execute(command);
  const gate = new ErpGate(connector, () => performance.now());
  const options = { accounts, timeZone: 'Europe/London' };
  await new ReplayRun(store, gate, CLOCK, id, new AbortController().signal, options).goOn();
  return (await readReplay(store, id))?.replay.report;
}

/** Ledger and deliveries agree, account by account and month by month. */
async function expectReconciled(): Promise<void> {
  await hledger(join(folder, 'postings.journal'), 'check');
  expect(await reconciled(store, connector, accounts)).toMatchObject(IN_AGREEMENT);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-chart-'));
  store = new FaultyStore();
  await startWith(HLEDGER_CHART);
  for (const key of [MUG, CUP]) await record(store, key, received(2, '1.00'), received(2, '3.00'), sold(1), sold(2));
  await valueAll(store);
  await deliver();
});
afterEach(async () => {
  await connector.close();
  await rm(folder, { recursive: true });
});

describe('a new chart of accounts', () => {
  it('may be tried before it is used: the replay says what would go over, and writes nothing', async () => {
    const before = await store.head(['valuation-', 'delivery-']);
    const report = await replay(NEW, true);
    expect(report).toMatchObject({ streams: 2, changed: 2, adjustments: 2 });
    expect(report?.accounts).toEqual([
      { account: 'expenses:cogs', currency: 'GBP', before: '12.00', after: '0.00', difference: '-12.00' },
      { account: 'expenses:cogs:LEEDS', currency: 'GBP', before: '0.00', after: '6.00', difference: '6.00' },
      { account: 'expenses:cogs:YORK', currency: 'GBP', before: '0.00', after: '6.00', difference: '6.00' },
    ]);
    expect(await store.head(['valuation-', 'delivery-'])).toBe(before);
  });

  it('is refused as long as the connector posts by another one', async () => {
    const refused =
      /^journal posts by the chart hledger-1, and not by this hledger-2: set ERP_CHART to it and start the poster again/;
    expect((await replay(NEW))?.refused).toMatch(refused);
    await startWith(chartWith(2, 'expenses:other'));
    expect((await replay(NEW))?.refused).toMatch(/set ERP_CHART/);
  });

  it('moves what lies on the accounts of the old one, today, and the books agree before and after', async () => {
    await startWith(NEW);
    await replay(NEW);
    await deliver();
    expect(await ledger()).toMatchObject({ 'expenses:cogs:LEEDS': '6.00 GBP', 'expenses:cogs:YORK': '6.00 GBP' });
    expect(await ledger()).not.toHaveProperty('expenses:cogs');
    expect(await balances(join(folder, 'postings.journal'), 'expenses:cogs', '--end', '2026-05-01')).toEqual({
      'expenses:cogs': '12.00 GBP',
    });
    await expectReconciled();
    for (const key of [MUG, CUP]) {
      expect((await valuations(store, key)).at(-1)).toMatchObject({ valueChange: 0n, after: { value: 200n } });
      expect(balancesOf(await postingsOf(store, key))[`inventory ${key.location} GBP`]).toBe(200n);
    }
  });

  it('moves nothing a second time, and what comes later is posted by it from the start', async () => {
    await startWith(NEW);
    await replay(NEW);
    expect(await replay(NEW)).toMatchObject({ changed: 0, adjustments: 0 });
    await deliver();
    expect(await replay(NEW)).toMatchObject({ changed: 0, adjustments: 0 });
    await record(store, MUG, sold(1));
    await valueAll(store);
    await deliver();
    expect(await ledger()).toMatchObject({ 'expenses:cogs:LEEDS': '8.00 GBP' });
    expect(await replay(NEW)).toMatchObject({ changed: 0, adjustments: 0 });
    await expectReconciled();
  });

  it('may be followed by another one, and by other rules', async () => {
    await startWith(NEW);
    await replay(NEW);
    await deliver();
    const next = chartWith(3, 'expenses:sales-cost');
    await startWith(next);
    await replay(next);
    await deliver();
    expect(await ledger()).toMatchObject({ 'expenses:sales-cost': '12.00 GBP' });
    await replayUnder(store, { version: 3, costing: 'fifo', damaged: 'keep' });
    await deliver();
    expect(await ledger()).toMatchObject({ 'expenses:sales-cost': '10.00 GBP', 'assets:inventory:LEEDS': '3.00 GBP' });
    expect(mappingOf(next)).toBe(connector.mapping);
    await expectReconciled();
  });

  it('concerns one ERP: another gets none of it', async () => {
    await startWith(NEW);
    await replay(NEW);
    const other = new JournalFileConnector(join(folder, 'other.journal'), QUIET, { name: 'other' });
    await settle(store, new DeliveryProjection(store, other));
    await other.close();
    expect(await balances(join(folder, 'other.journal'))).toMatchObject({ 'expenses:cogs': '12.00 GBP' });
  });

  it('goes on after an append was lost, each once', async () => {
    await startWith(NEW);
    let appends = 0;
    store.fault = (stream) => (stream.startsWith('valuation-') && ++appends === 2 ? 'unanswered' : undefined);
    await expect(replay(NEW)).rejects.toThrow('the answer was lost');
    await replay(NEW);
    await deliver();
    expect(await ledger()).toMatchObject({ 'expenses:cogs:LEEDS': '6.00 GBP', 'expenses:cogs:YORK': '6.00 GBP' });
    await expectReconciled();
  });
});
