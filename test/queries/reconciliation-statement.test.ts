import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { RareCheckpoints } from '../../src/adapters/rare-checkpoints.js';
import type { StockKey } from '../../src/domain/values/identifiers.js';
import { differencesCsv, statementCsv } from '../../src/http/reconciliation-csv.js';
import { reportJson } from '../../src/http/reconciliation-report.js';
import { ErpConnectors } from '../../src/ports/erp.js';
import { itemOf } from '../../src/projections/erp-delivery/valuation-item.js';
import { Reconciliation } from '../../src/queries/reconciliation/reconciliation.js';
import type { ReconciliationReport } from '../../src/queries/reconciliation/report.js';
import { notBridged } from '../../src/queries/reconciliation/statement.js';
import { received, sold } from '../domain/valuation/movements.js';
import { decideParked, deliverUntil, happened, valueAll } from '../projections/erp-delivery/poster.js';
import { at, eventsOf, record } from '../projections-valuation/shop.js';
import { FixedClock } from '../support/fixed-clock.js';
import { ACCOUNTS, type Ledger, OpenLedger } from './ledger.js';

const [LEEDS, YORK] = [at('MUG', 'LEEDS'), at('MUG', 'YORK')];
const NOW = Date.UTC(2026, 2, 3, 12);
const clock = new FixedClock(NOW);
let store: MemoryEventStore;
let erp: OpenLedger;

const report = (ledger: Ledger = erp) => {
  const parts = [new ErpConnectors([ledger]), ACCOUNTS, clock, new RareCheckpoints(undefined, 0)] as const;
  return new Reconciliation(store, new MemoryAvailabilityStore(), ...parts).report();
};
const json = (told: ReconciliationReport) => reportJson(told, NOW);
const delivered = async () => (await happened(store, 'Delivered')).reduce((sum, { refs }) => sum + refs.length, 0);

beforeEach(() => {
  store = new MemoryEventStore();
  erp = new OpenLedger();
});

/** Bought at 2.00 in both shops; four sold in Leeds, and of these one parks, so that the others wait. */
async function oneParked(): Promise<void> {
  const isThird = ({ location, source }: StockKey & { source: { revision: number } }) =>
    location === 'LEEDS' && source.revision === 2;
  erp.trouble = (posting) => (isThird(posting) ? 'period-closed' : undefined);
  await record(store, LEEDS, received(10, '2.00'), sold(1), sold(2), sold(3));
  await record(store, YORK, received(5, '2.00'));
  await valueAll(store);
  await deliverUntil(
    store,
    erp,
    async () => (await delivered()) === 3 && (await happened(store, 'Parked')).length === 1,
  );
}

const rowsOf = ({ erps }: ReconciliationReport) => erps.flatMap(({ statement }) => statement);
const csvOf = (told: ReconciliationReport, start: string) =>
  statementCsv(told)
    .split('\r\n')
    .filter((line) => line.startsWith(start));

describe('the statement of an ERP', () => {
  it('says what of the value was delivered, what waits, and what is parked', async () => {
    await oneParked();
    const told = await report();
    expect(json(told)).toMatchObject({
      reconciled: true,
      erps: [
        {
          state: 'agrees',
          pending: 2,
          parked: 1,
          open: [
            { what: 'waiting', currency: 'GBP', worth: '6.00' },
            { what: 'parked', currency: 'GBP', worth: '4.00' },
          ],
        },
      ],
    });
    expect(csvOf(told, 'trial,5000')).toEqual([
      'trial,5000,GBP,2026-03,LEEDS,12.00,6.00,4.00,0.00,0.00,2.00,0.00,2.00,0.00',
    ]);
    expect(
      rowsOf(told)
        .map(notBridged)
        .every((rest) => rest === 0n),
    ).toBe(true);
  });

  it('says by how much valuation and ledger differ for good, once a person has written a posting off', async () => {
    await oneParked();
    await decideParked(store, { type: 'WrittenOff', proposedBy: null, actor: 'maria', comment: 'lost' });
    await deliverUntil(store, erp, async () => (await delivered()) === 4);
    const told = await report();
    expect(json(told)).toMatchObject({
      reconciled: true,
      erps: [{ writtenOff: 1, pending: 0, open: [{ what: 'written-off', currency: 'GBP', worth: '4.00' }] }],
    });
    expect(csvOf(told, 'trial,1400,GBP,2026-03,LEEDS')).toEqual([
      // Two shops share the account, and this ERP does not tell them apart.
      'trial,1400,GBP,2026-03,LEEDS,8.00,0.00,0.00,-4.00,0.00,12.00,0.00,,',
    ]);
    expect(
      rowsOf(told)
        .map(notBridged)
        .every((rest) => rest === 0n),
    ).toBe(true);
  });

  it('moves what a person has given another day into that month, and still adds up', async () => {
    await oneParked();
    erp.trouble = () => undefined;
    await decideParked(store, { type: 'Redated', date: '2026-04-01', actor: 'maria', comment: 'March is closed' });
    await deliverUntil(store, erp, async () => (await delivered()) === 5);
    const told = await report();
    expect(json(told)).toMatchObject({ reconciled: true, erps: [{ delivered: 5, state: 'agrees' }] });
    expect(csvOf(told, 'trial,5000')).toEqual([
      'trial,5000,GBP,2026-03,LEEDS,12.00,0.00,0.00,0.00,-4.00,8.00,0.00,8.00,0.00',
      'trial,5000,GBP,2026-04,LEEDS,0.00,0.00,0.00,0.00,4.00,4.00,0.00,4.00,0.00',
    ]);
  });
});

describe('locations', () => {
  it('are compared each where the ERP keeps them: what was posted to another shop is named there', async () => {
    await oneParked();
    erp.keepsLocations = true;
    const index = erp.booked.findIndex(({ location }) => location === 'YORK');
    const [posting] = erp.booked.splice(index, 1);
    if (posting === undefined) throw new Error('nothing was posted');
    erp.booked.push({ ...posting, lines: posting.lines.map((line) => ({ ...line, location: LEEDS.location })) });
    const { erps } = json(await report()) as { erps: { accounts: object[]; locations: string }[] };
    expect(erps[0]).toMatchObject({ locations: 'kept' });
    expect(erps[0]?.accounts).toMatchObject([
      { account: '1400', location: 'LEEDS', difference: '10.00' },
      { account: '1400', location: 'YORK', difference: '-10.00' },
      { account: '2150', location: 'LEEDS', difference: '-10.00' },
      { account: '2150', location: 'YORK', difference: '10.00' },
    ]);
  });

  it('are not, where it does not, and the report says so', async () => {
    await oneParked();
    expect(json(await report())).toMatchObject({
      erps: [{ locations: 'not-kept', note: expect.stringContaining('trial does not keep the locations of lines') }],
    });
  });
});

describe('what is only in flight', () => {
  beforeEach(oneParked);

  it('is no difference: balances are read again when deliveries went on meanwhile', async () => {
    let reads = 0;
    erp.whenRead = async () => {
      reads += 1;
      if (reads !== 2) return;
      await record(store, YORK, sold(1));
      await valueAll(store);
      await deliverUntil(store, erp, async () => (await delivered()) === 4);
    };
    expect(json(await report())).toMatchObject({ reconciled: true, erps: [{ state: 'agrees', delivered: 4 }] });
    expect(reads).toBeGreaterThan(3);
  });

  it('nor is what the ERP has, and nobody could record yet', async () => {
    await record(store, YORK, sold(1));
    await valueAll(store);
    const [, sale] = await eventsOf(store, 'valuation-MUG@YORK');
    await erp.post(sale === undefined ? [] : (itemOf(sale, 'trial')?.postings ?? []));
    const told = await report();
    const [first] = told.erps;
    expect(json(told)).toMatchObject({ reconciled: true, erps: [{ state: 'agrees', accounts: [] }] });
    expect(first?.unrecorded).toEqual([erp.booked.at(-1)?.ref]);
    expect(csvOf(told, 'trial,5000,GBP,2026-03,YORK')).toEqual([
      'trial,5000,GBP,2026-03,YORK,2.00,2.00,0.00,0.00,0.00,0.00,2.00,,',
    ]);
  });

  it('is told as moving when deliveries never stand still, and nothing is said to differ', async () => {
    erp.whenRead = async () => {
      const before = await delivered();
      await record(store, YORK, received(1, '2.00'));
      await valueAll(store);
      await deliverUntil(store, erp, async () => (await delivered()) > before);
    };
    expect(json(await report())).toMatchObject({ reconciled: false, erps: [{ state: 'moving', accounts: null }] });
  });

  it('an ERP that does not answer is told as unreadable, and the rest is told all the same', async () => {
    erp.whenRead = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect(json(await report())).toMatchObject({
      reconciled: false,
      stock: { compared: 2 },
      erps: [{ state: 'unreadable', detail: 'connect ECONNREFUSED', delivered: 3, accounts: null }],
    });
  });
});

describe('an ERP that lists what is on an account', () => {
  beforeEach(oneParked);

  it('shows a posting that it has twice', async () => {
    const [receipt] = erp.booked;
    if (receipt === undefined) throw new Error('nothing was posted');
    erp.booked.push(receipt);
    const told = await report();
    expect(told.erps[0]?.entries).toMatchObject([{ ref: receipt.ref, what: 'twice', source: { revision: 0 } }]);
    expect(differencesCsv(told)).toContain(`trial,twice,1400,2026-03,GBP,20.00,40.00,${receipt.ref}`);
  });

  it('shows what others have posted, by the entry that people find', async () => {
    erp.others.push({ date: '2026-03-02', account: '5000', amount: 1n });
    expect(json(await report())).toMatchObject({
      reconciled: false,
      erps: [
        {
          accounts: [{ account: '5000', month: '2026-03', difference: '0.01' }],
          entries: [],
          foreign: [{ account: '5000', what: 'others', entry: 'by hand 0', ref: null, amount: '0.01' }],
        },
      ],
    });
  });

  it('shows what it holds though a person had written it off', async () => {
    const [parked] = await happened(store, 'Parked');
    await decideParked(store, { type: 'WrittenOff', proposedBy: null, actor: 'maria', comment: 'lost' });
    await deliverUntil(store, erp, async () => (await delivered()) === 4);
    const [sale] = erp.booked.filter(({ source }) => source.type === 'Sold');
    if (sale === undefined || parked === undefined) throw new Error('nothing was posted');
    erp.booked.push({ ...sale, ref: parked.ref });
    const told = await report();
    expect(told.erps[0]?.foreign).toMatchObject([
      { account: '1400', what: 'written-off', ref: parked.ref },
      { account: '5000', what: 'written-off', ref: parked.ref },
    ]);
  });

  it('shows a posting in another month', async () => {
    const index = erp.booked.findIndex(({ source }) => source.type === 'Sold');
    const [sale] = erp.booked.splice(index, 1);
    if (sale === undefined) throw new Error('nothing was posted');
    erp.booked.push({ ...sale, date: '2026-02-27' });
    const told = await report();
    expect(told.erps[0]?.entries).toMatchObject([
      { ref: sale.ref, what: 'other-date', date: sale.date, erpDate: '2026-02-27' },
    ]);
    expect(told.erps[0]?.accounts?.map(({ account, month }) => `${account} ${month}`)).toEqual([
      '1400 2026-02',
      '1400 2026-03',
      '5000 2026-02',
      '5000 2026-03',
    ]);
  });
});
