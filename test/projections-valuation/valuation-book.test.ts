import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFile } from '../../src/adapters/checkpoint-file.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { ENTRY_FORMAT } from '../../src/adapters/valuation-book/memory/entry-line.js';
import { MemoryValuationBook } from '../../src/adapters/valuation-book/memory/memory-valuation-book.js';
import type { LocationId, StockKey } from '../../src/domain/values/identifiers.js';
import { START } from '../../src/ports/event-store.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { ValuationBookProjection } from '../../src/projections/valuation-book.js';
import { ValuationQueries } from '../../src/queries/valuation.js';
import { counted, received, sold } from '../domain/valuation/movements.js';
import { at, QUIET, record, settle } from './shop.js';

let store: MemoryEventStore;
let book: MemoryValuationBook;
let queries: ValuationQueries;
beforeEach(() => {
  store = new MemoryEventStore();
  book = new MemoryValuationBook();
  queries = new ValuationQueries(book, store);
});

/** Values everything, and lets the book hear of it. */
async function valueAll(): Promise<void> {
  await settle(store, new ValuationProjection(store, { timeZone: 'Europe/London' }));
  await settle(store, new ValuationBookProjection(store, book));
}

const only = (...names: string[]) => new Set(names as LocationId[]);

describe('what one SKU at one location is worth', () => {
  it('is its quantity at the average cost', async () => {
    await record(store, at('MUG-1', 'LEEDS'), received(3, '2.00'), received(3, '1.00'), sold(3));
    await valueAll();
    expect((await queries.one(at('MUG-1', 'LEEDS'))).item).toEqual({
      sku: 'MUG-1',
      location: 'LEEDS',
      quantity: 3,
      unitCost: '1.50',
      value: '4.50',
      currency: 'GBP',
      method: 'moving-average',
    });
  });

  it('keeps the last cost of goods that are gone, and says of goods without one that it is not known', async () => {
    await record(store, at('MUG-1', 'LEEDS'), received(3, '0.333333'), sold(3));
    await record(store, at('CUP', 'LEEDS'), sold(2));
    await valueAll();
    const gone = (await queries.one(at('MUG-1', 'LEEDS'))).item;
    expect(gone).toMatchObject({ quantity: 0, unitCost: '0.333333', value: '0.00' });
    const unknown = (await queries.one(at('CUP', 'LEEDS'))).item;
    expect(unknown).toMatchObject({ quantity: -2, unitCost: null, value: '0', currency: null });
    expect((await queries.one(at('CUP', 'YORK'))).item).toBeUndefined();
  });
});

describe('what it was worth', () => {
  it('is known of every revision of its stock', async () => {
    const mug = at('MUG-1', 'LEEDS');
    await record(store, mug, counted(0, 0), received(3, '2.00'), counted(3, 0), counted(3, 0), sold(1), counted(2, 0));
    await valueAll();
    const values = await Promise.all([0, 1, 2, 3, 4, 5, 99].map((revision) => queries.asOf(mug, revision)));
    expect(values.map((view) => view?.value)).toEqual([undefined, '6.00', '6.00', '6.00', '4.00', '4.00', '4.00']);
  });
});

describe('what all the stock is worth', () => {
  beforeEach(async () => {
    for (const location of ['YORK', 'LEEDS', 'BATH']) {
      for (const sku of ['C', 'A', 'B']) await record(store, at(sku, location), received(10, '1.25'));
    }
    await record(store, at('A', 'PARIS'), received(1, '7.00', 'EUR'));
    await valueAll();
  });

  it('comes in pages, by location and SKU, with the totals of everything', async () => {
    const seen: string[] = [];
    let after: StockKey | undefined;
    do {
      const page = await queries.page({ locations: '*', limit: 4, ...(after === undefined ? {} : { after }) });
      seen.push(...page.items.map(({ location, sku }) => `${location} ${sku}`));
      expect(page.totals).toEqual([
        { currency: 'EUR', value: '7.00' },
        { currency: 'GBP', value: '112.50' },
      ]);
      after = page.next;
    } while (after !== undefined);
    const three = (location: string) => ['A', 'B', 'C'].map((sku) => `${location} ${sku}`);
    expect(seen).toEqual([...three('BATH'), ...three('LEEDS'), 'PARIS A', ...three('YORK')]);
  });

  it('counts only the locations asked for, also those that are not there', async () => {
    const page = await queries.page({ locations: only('LEEDS', 'ATLANTIS'), limit: 3 });
    expect(page.items.map(({ sku }) => sku)).toEqual(['A', 'B', 'C']);
    expect(page.next).toBeUndefined();
    expect(page.totals).toEqual([{ currency: 'GBP', value: '37.50' }]);
  });

  it('follows every change, and finds SKUs that came later in their place', async () => {
    await record(store, at('A', 'LEEDS'), sold(4));
    await record(store, at('AB', 'LEEDS'), received(1, '0.01'));
    await valueAll();
    const page = await queries.page({ locations: only('LEEDS'), limit: 10, after: at('A', 'LEEDS') });
    expect(page.items.map(({ sku }) => sku)).toEqual(['AB', 'B', 'C']);
    expect(page.totals).toEqual([{ currency: 'GBP', value: '32.51' }]);
  });
});

describe('a caller who has just written', () => {
  it('sees it by asking for its position', async () => {
    const position = await record(store, at('MUG-1', 'LEEDS'), received(3, '2.00'));
    await valueAll();
    const answer = await queries.one(at('MUG-1', 'LEEDS'), position);
    expect(answer).toMatchObject({ position, stale: false, item: { quantity: 3 } });
  });

  it('is told when that took too long', async () => {
    const position = await record(store, at('MUG-1', 'LEEDS'), received(3, '2.00'));
    expect(await queries.one(at('MUG-1', 'LEEDS'), position)).toEqual({
      item: undefined,
      position: START,
      stale: true,
    });
  });

  it('is not kept waiting for a position behind which no movement is', async () => {
    await record(store, at('MUG-1', 'LEEDS'), received(3, '2.00'));
    await valueAll();
    const answer = await queries.one(at('MUG-1', 'LEEDS'), await store.head([]));
    expect(answer.stale).toBe(false);
  });
});

describe('the book on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stockfold-valuation-book-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const onDisk = () =>
    new MemoryValuationBook(new CheckpointFile(join(folder, 'valuation.checkpoint'), ENTRY_FORMAT, QUIET));

  async function closedAfterThreeMugs(): Promise<void> {
    book = onDisk();
    await record(store, at('MUG-1', 'LEEDS'), received(3, '2.00'));
    await record(store, at('CUP', 'LEEDS'), sold(1));
    await valueAll();
    await book.close();
  }

  it('is the same after a restart, which goes on where it was', async () => {
    await closedAfterThreeMugs();
    const before = await book.page({ locations: '*', limit: 10 });
    const reopened = onDisk();
    expect(await reopened.open(await store.identity())).toEqual(await book.progress());
    expect(await reopened.page({ locations: '*', limit: 10 })).toEqual(before);
  });

  it('is not taken for that of another event store', async () => {
    await closedAfterThreeMugs();
    const reopened = onDisk();
    expect(await reopened.open('another store')).toEqual({ position: START, valuedUpTo: START });
    expect((await reopened.page({ locations: '*', limit: 10 })).entries).toEqual([]);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -70)],
    ['changed', (text: string) => text.replace('"600"', '"601"')],
    ['empty', () => ''],
  ])('is built anew when it is %s', async (_, damage) => {
    await closedAfterThreeMugs();
    const path = join(folder, 'valuation.checkpoint');
    const text = await readFile(path, 'utf8');
    expect(damage(text)).not.toBe(text);
    await writeFile(path, damage(text));
    book = onDisk();
    await settle(store, new ValuationBookProjection(store, book));
    expect(await book.get(at('MUG-1', 'LEEDS'))).toMatchObject({ quantity: 3, value: 600n });
  });
});
