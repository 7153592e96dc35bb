import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { ChartAccounts } from '../../src/adapters/erp/chart.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { RareCheckpoints } from '../../src/adapters/rare-checkpoints.js';
import type { Movement } from '../../src/domain/stock/events.js';
import { differencesCsv } from '../../src/http/reconciliation-csv.js';
import { reportJson } from '../../src/http/reconciliation-report.js';
import type { CheckpointKeeper } from '../../src/ports/checkpoint.js';
import { ErpConnectors } from '../../src/ports/erp.js';
import { AvailabilityProjection } from '../../src/projections/availability.js';
import { Reconciliation } from '../../src/queries/reconciliation/reconciliation.js';
import type { ReconciliationReport } from '../../src/queries/reconciliation/report.js';
import { adjusted, received, sold } from '../domain/valuation/movements.js';
import { deliverUntil, valueAll } from '../projections/erp-delivery/poster.js';
import { at, record, settle } from '../projections-valuation/shop.js';
import { FixedClock } from '../support/fixed-clock.js';
import { ACCOUNTS, CHART, Ledger } from './ledger.js';

const MUG = at('MUG', 'STORE-A');
let store: MemoryEventStore;
let model: MemoryAvailabilityStore;
let erp: Ledger;
let movements: Movement[];
const clock = new FixedClock(Date.UTC(2026, 2, 3, 12));

const NOTHING_KEPT = new RareCheckpoints(undefined, 0);
const reconciliation = (
  keeper: CheckpointKeeper = NOTHING_KEPT,
  accounts = ACCOUNTS,
  erps: readonly Ledger[] = [erp],
) => new Reconciliation(store, model, new ErpConnectors(erps), accounts, clock, keeper);
const report = () => reconciliation().report();
const json = (told: ReconciliationReport) => reportJson(told, clock.now());
const showAll = () => settle(store, new AvailabilityProjection(store, model, clock));
const deliverAll = () => deliverUntil(store, erp, () => erp.booked.length >= movements.length);

beforeEach(async () => {
  store = new MemoryEventStore();
  model = new MemoryAvailabilityStore();
  erp = new Ledger();
  movements = [received(10, '2.50'), sold(4), adjusted(-1, 'loss')];
  await record(store, MUG, ...movements);
  await valueAll(store);
  await deliverAll();
  await showAll();
});

describe('books that agree', () => {
  it('are told to, with what was compared', async () => {
    const told = await report();
    expect(json(told)).toMatchObject({
      at: '2026-03-03T12:00:00.000Z',
      reconciled: true,
      stock: { compared: 1, notValued: 0, differing: [] },
      readModel: { compared: 1, differing: [] },
      erps: [{ connector: 'trial', delivered: 3, pending: 0, parked: 0, strangers: [], accounts: [], entries: [] }],
    });
    expect(differencesCsv(told).trim().split('\r\n')).toHaveLength(1);
  });

  it('agree also while something is on its way: it is counted, and no difference', async () => {
    await record(store, MUG, sold(1));
    await showAll();
    expect(json(await report())).toMatchObject({ reconciled: true, stock: { notValued: 1 } });
    await valueAll(store);
    await showAll();
    expect(json(await report())).toMatchObject({ reconciled: true, erps: [{ delivered: 3, pending: 1 }] });
  });

  it('are kept apart for each of several ERPs, also when one name goes on where another ends', async () => {
    const next = new Ledger('trial-2');
    const accounts = new ChartAccounts(
      new Map([
        ['trial', CHART],
        ['trial-2', CHART],
      ]),
    );
    await deliverUntil(store, next, () => next.booked.length >= movements.length);
    const told = await reconciliation(NOTHING_KEPT, accounts, [erp, next]).report();
    expect(json(told)).toMatchObject({
      reconciled: true,
      erps: [
        { connector: 'trial', delivered: 3, strangers: [] },
        { connector: 'trial-2', delivered: 3, strangers: [] },
      ],
    });
  });

  it('say nothing of an ERP that cannot tell, and of a read model that is away', async () => {
    erp.balances = undefined as never;
    model = new MemoryAvailabilityStore();
    expect(json(await report())).toMatchObject({ readModel: null, erps: [{ accounts: null, entries: [] }] });
  });
});

describe('a difference is named down to its event', () => {
  it('a posting that the ERP has lost', async () => {
    const [lost] = erp.booked.splice(1, 1);
    const told = await report();
    expect(json(told)).toMatchObject({
      reconciled: false,
      erps: [
        {
          accounts: [
            { account: '1400', month: '2026-03', delivered: '12.50', erp: '22.50', difference: '10.00' },
            { account: '5000', delivered: '10.00', erp: '0.00' },
          ],
          entries: [{ ref: lost?.ref, what: 'missing', sku: 'MUG', source: { revision: 1, type: 'Sold' } }],
        },
      ],
    });
    expect(differencesCsv(told)).toContain(`trial,missing,5000,2026-03,GBP,10.00,0.00,${lost?.ref}`);
  });

  it('a posting with another amount, by a cent', async () => {
    const sale = erp.booked[1];
    if (sale === undefined) throw new Error('nothing was posted');
    const lines = sale.lines.map((line) => ({
      ...line,
      amount: line.amount > 0n ? line.amount + 1n : line.amount - 1n,
    }));
    erp.booked[1] = { ...sale, lines };
    expect(json(await report())).toMatchObject({
      erps: [
        {
          accounts: [{ difference: '-0.01' }, { difference: '0.01' }],
          entries: [{ ref: sale.ref, what: 'other-lines', lines: [{ delivered: '-10.00', erp: '-10.01' }, {}] }],
        },
      ],
    });
  });

  it('what others posted to our accounts: no entry of ours explains it', async () => {
    erp.others.push({ date: '2026-02-28', account: '1400', amount: 99n });
    expect(json(await report())).toMatchObject({
      reconciled: false,
      erps: [{ accounts: [{ account: '1400', difference: '0.99' }], entries: [] }],
    });
  });

  it('a movement that was valued with other units', async () => {
    const forged = new MemoryEventStore();
    for await (const { stream, id, type, data, metadata } of store.readAll({})) {
      const after = (data as { after?: { quantity: number } }).after;
      const isSale = stream.startsWith('valuation-') && (data as { source: { type: string } }).source.type === 'Sold';
      const told = isSale ? { ...data, after: { ...after, quantity: 7 } } : data;
      await forged.append(stream, 'any', [{ id, type, data: told, metadata }]);
    }
    store = forged;
    expect((await report()).stock.differing).toMatchObject([{ ...MUG, stock: 6, valued: 7, revision: 1 }]);
  });

  it('a read model that shows other units', async () => {
    const [document] = await model.load([MUG.sku]);
    const cell = document?.cells.get(MUG.location);
    if (document === undefined || cell === undefined) throw new Error('the read model is empty');
    const wrong = { ...cell, onHand: { ...cell.onHand, sellable: 4 } };
    const read = model.read.bind(model);
    model.read = async (skus) => {
      const answer = await read(skus);
      return { ...answer, items: [{ ...document, cells: new Map([[MUG.location, wrong]]) }] };
    };
    expect((await report()).readModel?.differing).toEqual([{ ...MUG, stock: 5, shown: 4 }]);
  });
});
