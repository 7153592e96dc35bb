import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFile } from '../../../src/adapters/checkpoint-file.js';
import { POSTINGS_FORMAT } from '../../../src/adapters/postings-book/memory/checkpoint-lines.js';
import { MemoryPostingsBook } from '../../../src/adapters/postings-book/memory/memory-postings-book.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import type { PostingsBook, PostingsQuery } from '../../../src/ports/postings-book.js';
import { PostingsProjection } from '../../../src/projections/postings/postings-projection.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, QUIET, record, settle } from '../../projections-valuation/shop.js';
import { decideParked, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

let store: FaultyStore;
let erp: TrialErp;
let folder: string;
beforeEach(() => {
  store = new FaultyStore();
  erp = new TrialErp();
  folder = mkdtempSync(join(tmpdir(), 'stockfold-postings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () =>
  new MemoryPostingsBook(['trial', 'other'], new CheckpointFile(join(folder, 'book'), POSTINGS_FORMAT, QUIET));
const fold = (book: PostingsBook) => settle(store, new PostingsProjection(store, book));

async function statuses(book: PostingsBook, query: Partial<PostingsQuery> = {}): Promise<string[]> {
  const entries = await book.page({ locations: '*', connector: 'trial', limit: 100, ...query });
  return entries.map(({ valuation, status }) => `${valuation.stream.slice(10)}/${valuation.revision} ${status}`);
}

/** Two SKUs; the second posting of one is parked, with what is behind it held back; one sale has just been valued. */
async function parkedOne(): Promise<void> {
  erp.trouble = ({ sku, source }) => (sku === 'MUG' && source.revision === 1 ? 'period-closed' : undefined);
  await record(store, at('MUG', 'LEEDS'), received(10, '2.00'), sold(1), sold(2));
  await record(store, at('CUP', 'YORK'), received(10, '2.00'));
  await valueAll(store);
  await deliverUntil(
    store,
    erp,
    async () => (await happened(store, 'Delivered')).length >= 2 && erp.booked.length === 2,
  );
  await record(store, at('CUP', 'YORK'), sold(1));
  await valueAll(store);
}

const PARKED = [
  'MUG@LEEDS/0 delivered',
  'MUG@LEEDS/1 parked',
  'MUG@LEEDS/2 pending',
  'CUP@YORK/0 delivered',
  'CUP@YORK/1 pending',
];

describe('the book of postings', () => {
  it('knows how each stands, by connector, status, SKU and location, page by page', async () => {
    await parkedOne();
    const book = open();
    await fold(book);
    expect(await statuses(book)).toEqual(PARKED);
    expect(await statuses(book, { status: 'pending' })).toEqual(['MUG@LEEDS/2 pending', 'CUP@YORK/1 pending']);
    expect(await statuses(book, { sku: 'CUP' as Sku, status: 'delivered' })).toEqual(['CUP@YORK/0 delivered']);
    expect(await statuses(book, { locations: new Set(['LEEDS' as LocationId]) })).toHaveLength(3);
    expect(await statuses(book, { connector: 'other' })).toEqual(PARKED.map((each) => each.replace(/\w+$/, 'pending')));
    const both = await book.page({ locations: '*', limit: 3 });
    expect(both.map(({ connector }) => connector)).toEqual(['other', 'trial', 'other', 'trial']);
    const [, , last] = both;
    const rest = await book.page({ locations: '*', limit: 100, ...(last === undefined ? {} : { after: last }) });
    expect(rest).toHaveLength(7);
    expect(book.counts()).toMatchObject([
      { connector: 'trial', pending: 2, parked: 1 },
      { connector: 'other', pending: 5, parked: 0 },
    ]);
  });

  it('finds a posting by its ref, with attempts, reason and decision', async () => {
    await parkedOne();
    const book = open();
    await fold(book);
    const [parked] = await happened(store, 'Parked');
    const found = async () => (await book.byRef(parked?.ref ?? '')).find(({ connector }) => connector === 'trial');
    expect(await found()).toMatchObject({
      status: 'parked',
      attempts: 1,
      reason: { code: 'PERIOD_CLOSED', detail: 'March is closed' },
    });
    await decideParked(store, { type: 'WrittenOff', proposedBy: null, actor: 'maria', comment: 'lost' });
    await fold(book);
    expect(await found()).toMatchObject({ status: 'written-off', course: { actor: 'maria', comment: 'lost' } });
    await deliverUntil(store, erp, async () => erp.booked.length === 4);
    await fold(book);
    expect(await statuses(book, { status: 'pending' })).toEqual([]);
    expect(book.counts()[0]).toEqual({ connector: 'trial', pending: 0, parked: 0 });
    expect(await book.byRef('nobody')).toEqual([]);
  });

  it('goes on from its checkpoint, and is the same as one that is built anew', async () => {
    await parkedOne();
    const first = open();
    await fold(first);
    await first.close();
    const second = open();
    const { position } = await second.open(await store.identity());
    expect(position).toBeGreaterThan(0n);
    expect(await statuses(second)).toEqual(PARKED);
    await decideParked(store, { type: 'Retried', actor: 'maria', comment: 'opened' });
    await record(store, at('MUG', 'LEEDS'), sold(3));
    await valueAll(store);
    await fold(second);
    const anew = new MemoryPostingsBook(['trial', 'other']);
    await fold(anew);
    const all: PostingsQuery = { locations: '*', limit: 100 };
    expect(await second.page(all)).toEqual(await anew.page(all));
    expect(second.counts()).toEqual(anew.counts());
  });

  it('does not take the checkpoint of another store for its own', async () => {
    await parkedOne();
    const book = open();
    await fold(book);
    await book.close();
    const other = open();
    expect(await other.open('another store')).toEqual({ position: 0n, valuedUpTo: 0n });
    expect(await statuses(other)).toEqual([]);
  });
});
