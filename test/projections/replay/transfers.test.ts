import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryValuationBook } from '../../../src/adapters/valuation-book/memory/memory-valuation-book.js';
import { ValuationBookProjection } from '../../../src/projections/valuation-book.js';
import { ValuationQueries } from '../../../src/queries/valuation.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, settle, valuations } from '../../projections-valuation/shop.js';
import { TransferDesk } from '../../support/transfer-desk.js';
import { valueAll } from '../erp-delivery/poster.js';
import { balancesOf, postingsOf, replayUnder, worthOf } from './books.js';

const DEPOT = at('MUG', 'DEPOT');
const STORE = at('MUG', 'STORE');
const FIFO = { version: 3, costing: 'fifo', damaged: 'keep' } as const;

let store: FaultyStore;
let desk: TransferDesk;
beforeEach(async () => {
  store = new FaultyStore();
  desk = new TransferDesk(store, { now: () => Date.UTC(2026, 2, 2, 12) });
  await desk.record(DEPOT, received(10, '1.00'));
  await desk.record(DEPOT, received(10, '3.00'));
  await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
  await desk.receive('t-1', 'r-1', { MUG: 1 });
  await valueAll(store);
});

const books = async () => balancesOf(await postingsOf(store, DEPOT, STORE));

async function expectConserved(): Promise<void> {
  for (const key of [DEPOT, STORE]) {
    expect((await books())[`inventory ${key.location} GBP`]).toBe((await worthOf(store, key))?.value);
  }
}

describe('goods that are transferred while rules change', () => {
  it('keep the cost they left with; what the rules make of that beyond is a variance of the sender', async () => {
    const before = await books();
    expect(before['in-transit DEPOT GBP']).toBe(600n);
    await replayUnder(store, FIFO);
    expect(await books()).toEqual({
      ...before,
      'inventory DEPOT GBP': 3_600n,
      'revaluation DEPOT GBP': -400n,
    });
    await expectConserved();
  });

  it('arrive later at that cost, and nothing is left in transit', async () => {
    await replayUnder(store, FIFO);
    await desk.receive('t-1', 'r-2', { MUG: 3 });
    await valueAll(store);
    expect((await books())['in-transit DEPOT GBP']).toBeUndefined();
    expect(await worthOf(store, STORE)).toMatchObject({ quantity: 4, value: 800n });
    await expectConserved();
  });

  it('leave at the new cost from then on', async () => {
    await replayUnder(store, FIFO);
    await desk.dispatch('t-2', 'DEPOT', 'STORE', { MUG: 2 });
    await valueAll(store);
    expect((await valuations(store, DEPOT)).at(-1)?.cost).toBe(200n);
    await expectConserved();
  });

  it('end where they began when the old rules come back', async () => {
    const before = await books();
    await replayUnder(store, FIFO);
    await replayUnder(store, { ...FIFO, version: 4, costing: 'moving-average' });
    expect(await books()).toEqual(before);
    await expectConserved();
  });
});

it('what stock was worth is told as it was valued then, and from the change on by the new rules', async () => {
  const shelf = at('CUP', 'DEPOT');
  for (const movement of [received(1, '1.00'), received(1, '3.00'), sold(1)]) await desk.record(shelf, movement);
  await valueAll(store);
  await replayUnder(store, FIFO);
  await desk.record(shelf, received(1, '5.00'));
  await valueAll(store);
  const book = new MemoryValuationBook();
  await settle(store, new ValuationBookProjection(store, book));
  const queries = new ValuationQueries(book, store);
  const values = await Promise.all([0, 1, 2, 3].map(async (revision) => (await queries.asOf(shelf, revision))?.value));
  expect(values).toEqual(['1.00', '4.00', '3.00', '8.00']);
  expect(await queries.asOf(at('NONE', 'DEPOT'), 0)).toBeUndefined();
});
