import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChartAccounts } from '../../../src/adapters/erp/chart.js';
import { TRYTON_CHART } from '../../../src/adapters/erp/tryton/default-chart.js';
import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import { StartReplay, StartReplayHandler } from '../../../src/commands/postings/start-replay.js';
import type { Chart } from '../../../src/domain/chart/chart.js';
import { DeliveryProjection } from '../../../src/projections/erp-delivery/delivery-projection.js';
import { ErpGate } from '../../../src/projections/erp-delivery/erp-gate.js';
import { ReplayRun } from '../../../src/projections/replay/replay-run.js';
import { readReplay } from '../../../src/streams/replay-streams.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { valueAll } from '../../projections/erp-delivery/poster.js';
import { CLOCK, EVERYTHING, IN_AGREEMENT, reconciled, replayUnder } from '../../projections/replay/books.js';
import { at, FaultyStore, QUIET, record, settle } from '../../projections-valuation/shop.js';
import { Tryton } from './tryton.mjs';

/** Cost of sales goes to another account from now on. */
const NEW: Chart = {
  ...TRYTON_CHART,
  version: TRYTON_CHART.version + 1,
  accounts: { ...TRYTON_CHART.accounts, cogs: [{ when: {}, account: '5200' }] },
};

let tryton: Tryton;
let connector: TrytonConnector;
let accounts: ChartAccounts;
const store = new FaultyStore();

beforeAll(async () => {
  tryton = await Tryton.start();
  await startWith(TRYTON_CHART);
  for (const location of ['STORE-A', 'STORE-B']) {
    const euros = (units: number, cost: string) => received(units, cost, 'EUR');
    await record(store, at('MUG', location), euros(2, '1.00'), euros(2, '3.00'), sold(1), sold(2));
  }
  await valueAll(store);
  await deliver();
});
afterAll(async () => {
  await connector.close();
  await tryton.stop();
});

async function startWith(chart: Chart): Promise<void> {
  connector = new TrytonConnector({ ...tryton.account, chart }, QUIET);
  accounts = new ChartAccounts(new Map([[connector.name, chart]]));
  await connector.open();
}
const deliver = () => settle(store, new DeliveryProjection(store, connector));

async function replay(chart: Chart) {
  const command = new StartReplay(
    connector.name,
    EVERYTHING,
    false,
    { actor: 'maria', correlationId: 'c-1' },
    {
      kind: 'chart',
      chart,
    },
  );
  const id = await new StartReplayHandler(store, CLOCK).execute(command);
  const gate = new ErpGate(connector, () => performance.now());
  const options = { accounts, timeZone: 'Europe/London' };
  await new ReplayRun(store, gate, CLOCK, id, new AbortController().signal, options).goOn();
  return (await readReplay(store, id))?.replay.report;
}

/** What accounts hold; those that hold nothing are left out. */
async function held(asOf?: string): Promise<Record<string, bigint>> {
  const all = await connector.balances(asOf);
  const sums = all.map(({ account, debit, credit }) => [account, debit - credit] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum !== 0n).sort());
}

async function expectReconciled(): Promise<void> {
  expect(await reconciled(store, connector, accounts)).toMatchObject(IN_AGREEMENT);
}

it('a new chart moves what lies on the old account, and other rules post what they change, each once', async () => {
  expect(await held()).toEqual({ 1400: 200n, 1401: 200n, 2150: -1_600n, 5000: 1_200n });
  await startWith(NEW);
  expect(await replay(NEW)).toMatchObject({ adjustments: 2 });
  await deliver();
  expect(await replay(NEW)).toMatchObject({ adjustments: 0 });
  expect(await held()).toEqual({ 1400: 200n, 1401: 200n, 2150: -1_600n, 5200: 1_200n });
  expect(await held('2026-03-31')).toMatchObject({ 5000: 1_200n });
  await expectReconciled();
  for (let times = 0; times < 2; times += 1) {
    await replayUnder(store, { version: 3, costing: 'fifo', damaged: 'keep' });
    await deliver();
    expect(await held()).toEqual({ 1400: 300n, 1401: 300n, 2150: -1_600n, 5200: 1_000n });
  }
  await expectReconciled();
});
