import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryAvailabilityStore } from '../../src/adapters/availability-store/memory/memory-availability-store.js';
import { CheckpointFile } from '../../src/adapters/checkpoint-file.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { RareCheckpoints } from '../../src/adapters/rare-checkpoints.js';
import type { LocationId, Sku } from '../../src/domain/values/identifiers.js';
import { ErpConnectors } from '../../src/ports/erp.js';
import type { ReadAllOptions } from '../../src/ports/event-store.js';
import { BOOKS_FORMAT } from '../../src/queries/reconciliation/books-fold.js';
import { Reconciliation } from '../../src/queries/reconciliation/reconciliation.js';
import { isReconciled } from '../../src/queries/reconciliation/verdict.js';
import { received, sold } from '../domain/valuation/movements.js';
import { deliverUntil, happened, valueAll } from '../projections/erp-delivery/poster.js';
import { at, QUIET, record } from '../projections-valuation/shop.js';
import { FixedClock } from '../support/fixed-clock.js';
import { ACCOUNTS, OpenLedger } from './ledger.js';

/** Counts what is read of it. */
class CountingStore extends MemoryEventStore {
  read = 0;

  override async *readAll(options?: ReadAllOptions) {
    for await (const event of super.readAll(options)) {
      this.read += 1;
      yield event;
    }
  }
}

const clock = new FixedClock(Date.UTC(2026, 2, 3, 12));
let store: CountingStore;
let erp: OpenLedger;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stockfold-reconciled-'));
  store = new CountingStore();
  erp = new OpenLedger();
  erp.trouble = ({ sku, source }) => (sku === 'JUG' && source.type === 'Sold' ? 'period-closed' : undefined);
  for (const sku of ['MUG', 'CUP', 'JUG']) await record(store, at(sku, 'LEEDS'), received(10, '2.00'), sold(1));
  await record(store, at('MUG', 'YORK'), received(3, '1.99'), sold(1), sold(1));
  await valueAll(store);
  await deliverUntil(store, erp, async () => erp.booked.length === 8 && (await happened(store, 'Parked')).length === 1);
  await record(store, at('CUP', 'YORK'), received(1, '1.00'));
  await valueAll(store);
  await record(store, at('CUP', 'YORK'), sold(1));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'reconciliation.checkpoint');
const keeper = () => new RareCheckpoints(new CheckpointFile(file(), BOOKS_FORMAT, QUIET), 60_000);
const reconciliation = (kept = keeper()) =>
  new Reconciliation(store, new MemoryAvailabilityStore(), new ErpConnectors([erp]), ACCOUNTS, clock, kept);

/** What a report says, but for how and when it was made. */
async function said(by: Reconciliation, kind: 'full' | 'incremental' = 'incremental') {
  const { kind: _, tookMs: __, ...rest } = await by.report(kind);
  return rest;
}

/** Reconciles once, and leaves what was kept of it in the file. */
async function keep(): Promise<void> {
  const kept = keeper();
  await reconciliation(kept).report();
  await kept.close();
}

describe('the next reconciliation', () => {
  it('reads what is new alone, and says the same as one that reads everything', async () => {
    const going = reconciliation();
    await going.report();
    await record(store, at('MUG', 'LEEDS'), sold(2));
    await valueAll(store);
    await deliverUntil(store, erp, () => erp.booked.length === 11);
    store.read = 0;
    const next = await said(going);
    expect(store.read).toBeLessThan(15);
    expect(next).toEqual(await said(reconciliation(new RareCheckpoints(undefined, 0))));
    expect(next.erps).toMatchObject([{ state: 'agrees', delivered: 11, pending: 1, parked: 1 }]);
  });

  it('goes on from what was kept over a restart, with all that is open', async () => {
    await keep();
    store.read = 0;
    const after = await said(reconciliation());
    expect(store.read).toBe(0);
    expect(after).toEqual(await said(reconciliation(new RareCheckpoints(undefined, 0))));
  });

  it('starts anew when other ERPs are posted to', async () => {
    await keep();
    const both = new ErpConnectors([erp, new OpenLedger('trial-2')]);
    const model = new MemoryAvailabilityStore();
    const accounts = {
      accountOf: (_: string, line: Parameters<typeof ACCOUNTS.accountOf>[1]) => ACCOUNTS.accountOf('trial', line),
    };
    const told = await new Reconciliation(store, model, both, accounts, clock, keeper()).report();
    expect(told.erps).toMatchObject([{ delivered: 8 }, { delivered: 0, pending: 10, state: 'agrees' }]);
  });

  it('is one at a time: who asks meanwhile gets the same', async () => {
    const going = reconciliation();
    const [one, other, full] = await Promise.all([going.report(), going.report(), going.report('full')]);
    expect(other).toBe(one);
    expect(full.kind).toBe('full');
    expect(full.keptOtherwise).toEqual([]);
  });
});

/** Changes a line of the file as an error in the incremental sums would. */
function falsify(change: (line: string) => string | undefined): string {
  const text = readFileSync(file(), 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  const index = lines.findIndex((line, at) => at > 0 && change(line) !== undefined);
  const changed = change(lines[index] ?? '');
  if (changed === undefined) throw new Error('no such line');
  lines[index] = changed;
  const content = `${lines.filter((line) => line !== '').join('\n')}\n`;
  writeFileSync(file(), content + createHash('sha256').update(content).digest('hex'));
  return changed;
}

const replaced = (pattern: RegExp, by: string) => (line: string) =>
  pattern.test(line) ? line.replace(pattern, by) : undefined;

describe('sums that were kept wrong', () => {
  it.each([
    ['a cent of what was valued', replaced(/^valuation- 600 /, 'valuation- 601 ')],
    ['a cent of what was delivered', replaced(/^trial D400 /, 'trial D401 ')],
    ['a unit of stock', replaced(/^stock- Cstock-MUG@YORK 1 /, 'stock- Cstock-MUG@YORK 2 ')],
    ['the value of a stream', replaced(/^stock- Cstock-MUG@YORK 1 199 /, 'stock- Cstock-MUG@YORK 1 198 ')],
    ['a movement that is not valued', replaced(/^(stock- Cstock-CUP@YORK 1 100 0 0 GBP 0) 1 -1 0$/, '$1')],
    ['a posting that waits', replaced(/^trial P.*$/, '')],
    ['that one is parked', replaced(/^trial K.*$/, '')],
    ['how many were delivered', replaced(/^trial N8 /, 'trial N7 ')],
  ])('are found by a full one, and mended: %s', async (_, change) => {
    await keep();
    falsify(change);
    const going = reconciliation();
    const found = await going.report('full');
    expect(found.keptOtherwise.length).toBeGreaterThan(0);
    expect(isReconciled(found)).toBe(false);
    expect(found.erps).toMatchObject([{ state: 'agrees' }]);
    expect(isReconciled(await going.report())).toBe(true);
    expect((await going.report('full')).keptOtherwise).toEqual([]);
  });
});

it('a valuation that is a cent off is named: by its stream and the movement', async () => {
  const forged = new CountingStore();
  for await (const { stream, id, type, data, metadata } of store.readAll({})) {
    const valued = data as { source?: { revision: number; eventId: string }; after?: { value: string } };
    const isMeant = stream === 'valuation-MUG@YORK' && valued.source?.revision === 1;
    const told = isMeant ? { ...data, after: { ...valued.after, value: '3.99' } } : data;
    await forged.append(stream, 'any', [{ id, type, data: told as typeof data, metadata }]);
  }
  store = forged;
  const { stock } = await reconciliation().report();
  const where = { sku: 'MUG' as Sku, location: 'YORK' as LocationId, what: 'value', currency: 'GBP' };
  expect(stock.values).toMatchObject([
    { ...where, revision: 1, expected: 398n, found: 399n },
    { ...where, revision: 2, expected: 200n, found: 199n },
  ]);
});
