import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalFileConnector } from '../../src/adapters/erp/journal-file/journal-file-connector.js';
import { MemoryValuationBook } from '../../src/adapters/valuation-book/memory/memory-valuation-book.js';
import { deliveryStream, partitionOf } from '../../src/domain/delivery/partitions.js';
import type { LocationId } from '../../src/domain/values/identifiers.js';
import { DeliveryProjection } from '../../src/projections/erp-delivery/delivery-projection.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { ValuationBookProjection } from '../../src/projections/valuation-book.js';
import { ValuationQueries } from '../../src/queries/valuation.js';
import { counted, received, revised, sold } from '../domain/valuation/movements.js';
import { at, FaultyStore, QUIET, settle } from '../projections-valuation/shop.js';
import { TransferDesk } from '../support/transfer-desk.js';
import { balances, hledger } from './hledger.js';

const PLACES = ['DEPOT', 'LEEDS', 'YORK'] as const;
const SKUS = Array.from({ length: 20 }, (_, index) => `SKU-${index}`);

let folder: string;
let journal: string;
let store: FaultyStore;
let desk: TransferDesk;
let connector: JournalFileConnector;
let book: MemoryValuationBook;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-transfers-'));
  journal = join(folder, 'postings.journal');
  store = new FaultyStore();
  desk = new TransferDesk(store, { now: () => Date.UTC(2026, 2, 4, 12) });
  connector = new JournalFileConnector(journal, QUIET);
  book = new MemoryValuationBook();
});
afterEach(async () => {
  await connector.close();
  await rm(folder, { recursive: true });
});

/** Goods go from the depot to two shops and between them; some of them get lost, some come that nobody sent. */
async function aWeekOfTransfers(): Promise<void> {
  for (const [index, sku] of SKUS.entries()) {
    await desk.record(at(sku, 'DEPOT'), received(50, `${index + 1}.33${index % 10}`));
    await desk.dispatch(`leeds-${sku}`, 'DEPOT', 'LEEDS', { [sku]: 10 });
    await desk.dispatch(`york-${sku}`, 'DEPOT', 'YORK', { [sku]: 7 + index });
    await desk.record(at(sku, 'DEPOT'), revised('3.21'));
    await desk.receive(`leeds-${sku}`, 'r-1', { [sku]: 3 });
    await desk.record(at(sku, 'LEEDS'), sold(5));
    await desk.receive(`leeds-${sku}`, 'r-2', { [sku]: 8 - (index % 3) });
    await desk.dispatch(`on-${sku}`, 'LEEDS', 'YORK', { [sku]: 4 });
    await desk.receive(`york-${sku}`, 'r-1', { [sku]: 5 }, { closes: index % 2 === 0 });
    await desk.record(at(sku, 'YORK'), counted(5, 0));
    await desk.receive(`on-${sku}`, 'r-1', { [sku]: 4, 'SKU-0': 1 });
  }
}

async function closeAll(): Promise<void> {
  for (const sku of SKUS) {
    for (const transfer of ['leeds', 'york', 'on'])
      await desk.receive(`${transfer}-${sku}`, 'end', {}, { closes: true });
  }
}

/** Everything valued, posted, and in the book. */
async function settleBooks(): Promise<void> {
  await settle(store, new ValuationProjection(store, { timeZone: 'Europe/London' }));
  await settle(store, new DeliveryProjection(store, connector), new ValuationBookProjection(store, book));
}

async function expectAgreement(): Promise<void> {
  await hledger(journal, 'check');
  const queries = new ValuationQueries(book, store);
  const ledger = await balances(journal, 'assets:inventory');
  for (const location of PLACES) {
    const { totals } = await queries.page({ locations: new Set([location as LocationId]), limit: 1 });
    expect(ledger[`assets:inventory:${location}`]).toBe(`${totals[0]?.value} GBP`);
  }
  const refs = (await readFile(journal, 'utf8')).match(/ref:[^,]+/g) ?? [];
  expect(refs.length).toBeGreaterThan(100);
  expect(new Set(refs).size).toBe(refs.length);
}

const inTransit = async () => (await balances(journal, 'assets:in-transit'))['assets:in-transit'];

describe('transfers in the ledger', () => {
  it('lie in transit until they arrive or are given up, and inventory is what is on hand, to the penny', async () => {
    await aWeekOfTransfers();
    await settleBooks();
    await expectAgreement();
    expect(await inTransit()).toMatch(/^\d+\.\d\d GBP$/);
    await closeAll();
    await settleBooks();
    await expectAgreement();
    expect(await inTransit()).toBeUndefined();
    await hledger(await connector.writeAssertions(), 'check');
  });

  it('reach it once also when valuer and poster die in between', async () => {
    const dying = new Set(['valuation-SKU-1@LEEDS', 'valuation-SKU-2@DEPOT', 'valuation-SKU-3@YORK']);
    for (const sku of ['SKU-1', 'SKU-2']) dying.add(deliveryStream('journal', partitionOf(at(sku, 'LEEDS').sku)));
    store.fault = (stream) => (dying.delete(stream) ? (stream.endsWith('S') ? 'unanswered' : 'lost') : undefined);
    await aWeekOfTransfers();
    await closeAll();
    await settleBooks();
    expect(dying.size).toBe(0);
    await expectAgreement();
    expect(await inTransit()).toBeUndefined();
  });
});
