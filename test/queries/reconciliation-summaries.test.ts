import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { RareCheckpoints } from '../../src/adapters/rare-checkpoints.js';
import { deliveryStream, partitionOf } from '../../src/domain/delivery/partitions.js';
import { decodeSummary, encodeSummary } from '../../src/domain/delivery/summaries/codec.js';
import { summariesStream, sumUp } from '../../src/domain/delivery/summaries/summary.js';
import { valuationStream } from '../../src/domain/values/identifiers.js';
import { differencesCsv } from '../../src/http/reconciliation-csv.js';
import { reportJson } from '../../src/http/reconciliation-report.js';
import { ErpConnectors, type ErpPosting } from '../../src/ports/erp.js';
import { SummarisingConnector } from '../../src/projections/erp-delivery/summarising-connector.js';
import { itemOf } from '../../src/projections/erp-delivery/valuation-item.js';
import { Reconciliation } from '../../src/queries/reconciliation/reconciliation.js';
import { appendDeliveries, loadDeliveries } from '../../src/streams/delivery-streams.js';
import { SummariesLog } from '../../src/streams/summaries-log.js';
import { received, sold } from '../domain/valuation/movements.js';
import { deliveredRefs, deliverUntil, valueAll } from '../projections/erp-delivery/poster.js';
import { at, eventsOf, record } from '../projections-valuation/shop.js';
import { FixedClock } from '../support/fixed-clock.js';
import { ACCOUNTS, Ledger, OpenLedger } from './ledger.js';

const NOW = Date.UTC(2026, 2, 3, 12);
const clock = new FixedClock(NOW);
const MUG = at('MUG', 'LEEDS');
let store: MemoryEventStore;
let erp: Ledger;

beforeEach(() => {
  store = new MemoryEventStore();
  erp = new OpenLedger();
});

/** Bought at 2.00, and sold three times: the sales are one entry. */
async function sellThrice(): Promise<void> {
  await record(store, MUG, received(10, '2.00'), sold(1), sold(2), sold(3));
  await valueAll(store);
  await deliver(4);
}

const summarising = () => new SummarisingConnector(erp, store, clock, 'day');
const deliver = (count: number) =>
  deliverUntil(store, summarising(), async () => (await deliveredRefs(store)).length === count, {
    clock,
    gather: { period: 'day', everyMs: 1 },
  });

async function report() {
  const parts = [new ErpConnectors([summarising()]), ACCOUNTS, clock, new RareCheckpoints(undefined, 0)] as const;
  const told = await new Reconciliation(store, new MemoryAvailabilityStore(), ...parts).report();
  return { told, json: reportJson(told, NOW), erp: told.erps[0] };
}

const entries = async () =>
  (await eventsOf(store, summariesStream('trial'))).map(decodeSummary).filter((event) => event.type === 'Summarised');

/** The entry of the sales, and where the ERP has it. */
async function salesEntry() {
  const entry = (await entries()).find(({ refs }) => refs.length === 3);
  const place = erp.booked.findIndex(({ ref }) => ref === entry?.ref);
  const booked = erp.booked[place];
  if (entry === undefined || booked === undefined) throw new Error('the sales are not summed');
  return { entry, place, booked };
}

const byACent = ({ lines, ...posting }: ErpPosting): ErpPosting => ({
  ...posting,
  lines: lines.map((line) => ({ ...line, amount: line.amount + (line.amount > 0n ? 1n : -1n) })),
});

describe('an ERP that has one entry for several postings', () => {
  it('agrees, and nothing of it is taken for missing or for others', async () => {
    await sellThrice();
    expect((await report()).json).toMatchObject({
      reconciled: true,
      erps: [{ delivered: 4, accounts: [], entries: [], foreign: [] }],
    });
  });

  for (const [ledger, lists] of [
    [Ledger, 'which lists no accounts'],
    [OpenLedger, 'which lists what is on an account'],
  ] as const) {
    it(`is told of a cent in one of its entries, with the postings that it sums; an ERP ${lists}`, async () => {
      erp = new ledger();
      await sellThrice();
      const { entry, place, booked } = await salesEntry();
      erp.booked[place] = byACent(booked);
      const { json, told } = await report();
      expect(json).toMatchObject({
        reconciled: false,
        erps: [
          {
            accounts: [{ difference: '-0.01' }, { difference: '0.01' }],
            entries: [
              {
                ref: entry.ref,
                what: 'other-lines',
                sku: null,
                location: 'LEEDS',
                source: null,
                sums: { postings: 3, refs: entry.refs },
                lines: [{ account: '1400', delivered: '-12.00', erp: '-12.01' }, { account: '5000' }],
              },
            ],
            foreign: [],
          },
        ],
      });
      expect(differencesCsv(told)).toContain(`trial,other-lines,5000,2026-03,GBP,12.00,12.01,${entry.ref}`);
    });
  }

  it('is told which entry is gone, and of no other', async () => {
    await sellThrice();
    const { entry, place } = await salesEntry();
    erp.booked.splice(place, 1);
    expect((await report()).erp).toMatchObject({
      entries: [{ ref: entry.ref, what: 'missing', sums: { postings: 3, refs: entry.refs } }],
      foreign: [],
    });
  });

  it('is told which entry it has twice', async () => {
    await sellThrice();
    const { entry, booked } = await salesEntry();
    erp.booked.push(booked);
    expect((await report()).erp).toMatchObject({
      entries: [{ ref: entry.ref, what: 'twice', sums: { postings: 3 } }],
      foreign: [],
    });
  });

  it('is told what a stranger has posted beside ours, and that it is none of ours', async () => {
    await sellThrice();
    erp.others.push({ date: '2026-03-02', account: '1400', amount: 99n });
    expect((await report()).erp).toMatchObject({
      accounts: [{ account: '1400', delivered: 800n, erp: 899n }],
      entries: [],
      foreign: [{ account: '1400', entry: 'by hand 0', ref: null, what: 'others', amount: 99n }],
    });
  });

  it('is told of an entry that it had refused, and has all the same', async () => {
    await sellThrice();
    const { booked } = await salesEntry();
    const { refs: _, ...sum } = { ...booked, refs: [] };
    const ref = '00000000-0000-4000-8000-000000000000';
    const summary = { type: 'Summarised', ref, location: MUG.location, period: '2026-03-02', refs: ['gone'] } as const;
    for (const event of [{ ...summary, ...sum, ref }, { type: 'Dissolved', ref } as const]) {
      const { type, data } = encodeSummary(event);
      await store.append(summariesStream('trial'), 'any', [{ id: crypto.randomUUID(), type, data, metadata: {} }]);
    }
    erp.booked.push({ ...booked, ref });
    const { erp: told } = await report();
    expect(told?.entries).toEqual([]);
    expect(told?.foreign).toMatchObject([
      { account: '1400', ref, what: 'dissolved' },
      { account: '5000', ref, what: 'dissolved' },
    ]);
  });

  it('is told of postings that went alone before anything was summed', async () => {
    await record(store, MUG, received(10, '2.00'), sold(1));
    await valueAll(store);
    await deliverUntil(store, erp, async () => (await deliveredRefs(store)).length === 2);
    await record(store, MUG, sold(2), sold(3));
    await valueAll(store);
    await deliver(4);
    const [lost] = erp.booked.splice(1, 1);
    expect((await report()).erp).toMatchObject({
      entries: [{ ref: lost?.ref, what: 'missing', sku: 'MUG', sums: null }],
      foreign: [],
    });
  });

  it('is told of a posting that was written off while its entry was under way', async () => {
    await record(store, MUG, received(10, '2.00'), sold(1), sold(2));
    await valueAll(store);
    const items = (await eventsOf(store, valuationStream(MUG))).flatMap((event) => itemOf(event, 'trial') ?? []);
    const [receipt, first, second] = items.flatMap(({ postings }) => postings);
    if (receipt === undefined || first === undefined || second === undefined) throw new Error('too few postings');
    const log = new SummariesLog(store, 'trial');
    for (const group of [[receipt], [first, second]] as const) {
      const entry = await log.add(sumUp(group, 'day'), NOW);
      erp.booked.push({ ...group[0], ref: entry?.ref ?? '', lines: entry?.lines ?? [] });
    }
    const stream = deliveryStream('trial', partitionOf(MUG.sku));
    const valuation = { stream: valuationStream(MUG), revision: 2 };
    const { ref } = second;
    const said = { ref, valuation, actor: 'maria', comment: 'lost' };
    await appendDeliveries(store, stream, await loadDeliveries(store, stream), {
      happenings: [
        { type: 'Delivered', refs: [receipt.ref, first.ref], mapping: 'trial-1' },
        { type: 'Parked', ref, valuation, code: 'NEEDS_HUMAN', detail: 'no answer', attempts: 5 },
        { type: 'WrittenOff', ...said, proposedBy: null },
      ],
      position: items[1]?.position ?? 0n,
      at: NOW,
    });
    expect((await report()).erp).toMatchObject({
      entries: [],
      foreign: [
        { account: '1400', entry: 'move 1', ref, what: 'written-off', amount: -400n },
        { account: '5000', entry: 'move 1', ref, what: 'written-off', amount: 400n },
      ],
    });
  });
});
