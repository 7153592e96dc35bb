import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
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
import { adjusted, counted, received, returned, revised, settled, sold } from '../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, QUIET, record, settle } from '../projections-valuation/shop.js';
import { balances, hledger } from './hledger.js';

let folder: string;
let journal: string;
let store: FaultyStore;
let connector: JournalFileConnector;
let book: MemoryValuationBook;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-ledger-'));
  journal = join(folder, 'postings.journal');
  store = new FaultyStore();
  connector = new JournalFileConnector(journal, QUIET);
  book = new MemoryValuationBook();
});
afterEach(async () => {
  await connector.close();
  await rm(folder, { recursive: true });
});

/** A week in three shops: overselling, unknown costs, late facts, returns with and without their sale. */
async function aWeek(week = 1): Promise<void> {
  for (const location of ['LEEDS', 'YORK', 'BATH']) {
    for (let index = 0; index < 40; index += 1) {
      const sku = `SKU-${index}`;
      const sale = `${week}-${location}-${index}`;
      await record(store, at(sku, location), sold(2, sale), received(7, `${index}.33${index % 10}`), sold(1 + index));
      await record(store, at(sku, location), returned(1, sale), adjusted(-1, 'damage'), received(30, '2.505'));
      await record(store, at(sku, location), counted(20, 3 - (index % 7)), settled(sold(2)), returned(2));
      await record(store, at(sku, location), revised(index % 2 ? '1.27' : '-0.80'), sold(3));
    }
  }
}

const valuation = () => new ValuationProjection(store, { timeZone: 'Europe/London' });
const delivery = (to = connector) => new DeliveryProjection(store, to);

/** Everything valued, posted, and in the book. */
async function close(): Promise<void> {
  await settle(store, valuation());
  await settle(store, delivery(), new ValuationBookProjection(store, book));
}

/** The ledger's inventory of a location is what the service says it is worth, and the accountant's program agrees. */
async function expectAgreement(): Promise<void> {
  await hledger(journal, 'check');
  const queries = new ValuationQueries(book, store);
  const ledger = await balances(journal, 'assets:inventory');
  for (const location of ['LEEDS', 'YORK', 'BATH'] as LocationId[]) {
    const { totals } = await queries.page({ locations: new Set([location]), limit: 1 });
    expect(totals).toEqual([{ currency: 'GBP', value: expect.stringMatching(/^\d+\.\d\d$/) }]);
    expect(ledger[`assets:inventory:${location}`]).toBe(`${totals[0]?.value} GBP`);
  }
}

const transactions = async () => (await readFile(journal, 'utf8')).match(/ref:[^,]+/g) ?? [];

async function expectEachOnce(): Promise<void> {
  const refs = await transactions();
  expect(new Set(refs).size).toBe(refs.length);
}

describe('from the shop to the ledger', () => {
  it('the inventory account is the value of the stock, to the penny', async () => {
    await aWeek();
    await close();
    await expectAgreement();
    await expectEachOnce();
    await hledger(await connector.writeAssertions(), 'check');
  });

  it('also when everything follows the shops at once, week after week', async () => {
    for (let week = 1; week <= 3; week += 1) {
      await aWeek(week);
      await settle(store, valuation(), delivery(), new ValuationBookProjection(store, book));
    }
    await close();
    await expectAgreement();
    await expectEachOnce();
  });

  it('a poster that dies after writing the journal and before saying so writes nothing twice', async () => {
    await aWeek();
    const streams = new Set(
      Array.from({ length: 40 }, (_, n) => deliveryStream('journal', partitionOf(at(`SKU-${n}`, 'YORK').sku))),
    );
    store.fault = (stream) => (streams.delete(stream) ? 'lost' : undefined);
    await close();
    expect(streams.size).toBe(0);
    await expectAgreement();
    await expectEachOnce();
  });

  it('its successor on the same journal adds nothing, though nothing was ever recorded as delivered', async () => {
    await aWeek();
    await close();
    const before = await readFile(journal);
    const copy = join(folder, 'copy.journal');
    await copyFile(journal, copy);
    const successor = new JournalFileConnector(copy, QUIET);
    const forgetful = new FaultyStore();
    for await (const event of store.readAll({ streamPrefixes: ['valuation-'] })) {
      await forgetful.append(event.stream, 'any', [event]);
    }
    await settle(forgetful, new DeliveryProjection(forgetful, successor));
    await successor.close();
    expect(await readFile(copy)).toEqual(before);
    const recorded = await Promise.all(
      Array.from({ length: 8 }, (_, partition) => eventsOf(forgetful, deliveryStream('journal', partition))),
    );
    const refs = recorded.flat().flatMap(({ data }) => data.refs as string[]);
    expect(refs.map((ref) => `ref:${ref}`).sort()).toEqual((await transactions()).sort());
  });
});
