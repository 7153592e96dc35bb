import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realHledger } from '../support/servers.js';
import { ServiceProcess } from '../support/service.js';
import { type SharedStore, startSharedStore } from '../support/service-store.js';
import { upToDate } from '../support/up-to-date.js';

let store: SharedStore;
let shop: ServiceProcess;
let poster: ServiceProcess;
let hledger: string;

beforeAll(async () => {
  [store, hledger] = await Promise.all([startSharedStore(), realHledger()]);
  const keysFile = join(mkdtempSync(join(tmpdir(), 'stockfold-keys-')), 'keys.json');
  const env = { ...store.settings, KEYS_FILE: keysFile };
  shop = await ServiceProcess.start({ ...env, ROLES: 'api' });
  poster = await ServiceProcess.start({ ...env, ERP_CONNECTOR: 'journal' }, undefined, { entry: 'erp-poster.js' });
});
afterAll(async () => {
  await Promise.all([shop.remove(), poster.remove()]);
  await store.stop();
});

const line = (id: string, type: string, at: string, more: object) => ({
  id,
  type,
  sku: 'MUG',
  location: 'STORE-A',
  occurredAt: `2026-11-20T${at}:00Z`,
  ...more,
});

const journal = () => join(poster.dataDir, 'postings.journal');
const ledger = async (...args: string[]) => (await promisify(execFile)(hledger, ['-f', journal(), ...args])).stdout;

describe('an ERP poster as a process of its own', () => {
  it('values what the API recorded, and posts it to the journal, traceable to the sale', async () => {
    const reported = await shop.record(
      line('r1', 'receipt', '08:00', { quantity: 10, unitCost: '2.50', currency: 'GBP' }),
      line('s1', 'sale', '09:00', { quantity: 4 }),
      line('x1', 'return', '10:00', { quantity: 1, disposition: 'sellable', originalSale: 's1' }),
      line('a1', 'adjustment', '11:00', { quantity: -2, reason: 'loss' }),
      line('c1', 'count', '12:00', { counted: 6 }),
      line('v1', 'cost-revision', '13:00', { amount: '3.00', currency: 'GBP', reason: 'freight' }),
    );
    const { position } = reported.body;
    const one = await upToDate(() => shop.get(`/v1/valuation/MUG/STORE-A?minPosition=${position}`, 'auditor'));
    expect(one.body).toMatchObject({
      quantity: 6,
      value: '16.80',
      unitCost: '2.80',
      currency: 'GBP',
      method: 'moving-average',
    });
    const all = await shop.get('/v1/valuation?location=STORE-A', 'erp');
    expect(all.body).toMatchObject({ totals: [{ currency: 'GBP', value: '16.80' }] });
    const history = await shop.get('/v1/streams/MUG/STORE-A/events', 'auditor');
    const sale = history.body.events[1];
    await expect.poll(() => readFileSync(journal(), 'utf8')).toContain('UnitCostRevised');
    expect(readFileSync(journal(), 'utf8')).toContain(`ref:${sale.id}`);
    await ledger('check');
    const balances = await ledger('balance', '--no-total', '-O', 'csv');
    expect(balances).toContain('"assets:inventory:STORE-A","16.80 GBP"');
    expect(balances).toContain('"liabilities:grni","-25.00 GBP"');
    expect(balances).toContain('"expenses:cogs","8.70 GBP"');
    expect(balances).toContain('"expenses:shrinkage","2.50 GBP"');
    expect(balances).toContain('"expenses:revaluation","-3.00 GBP"');
  });

  it('reconciles streams, valuations, deliveries, and the journal', async () => {
    const reconciliation = async () => (await poster.get('/v1/reconciliation', 'erp')).body;
    // What is in the journal is on record as delivered a moment later.
    await expect.poll(reconciliation).toMatchObject({
      reconciled: true,
      stock: { compared: 1, notValued: 0, differing: [] },
      erps: [{ connector: 'journal', delivered: 6, pending: 0, accounts: [] }],
    });
    const csv = await poster.get('/v1/reconciliation', 'erp', { accept: 'text/csv' });
    expect(csv.body.trim()).toBe('part,what,name,month,currency,expected,found,ref');
    expect((await shop.get('/v1/reconciliation', 'erp')).body).toMatchObject({ readModel: { compared: 1 }, erps: [] });
    expect((await shop.get('/v1/reconciliation', 'storefront')).status).toBe(403);
  });

  it('shows the valuation beside the state of the stream, as it was then known', async () => {
    const state = await shop.get('/v1/streams/MUG/STORE-A/state?revision=1', 'auditor');
    expect(state.body).toMatchObject({ onHand: 6, valuation: { quantity: 6, value: '15.00', unitCost: '2.50' } });
    expect(state.body.position).toMatch(/^p/);
  });

  it('answers nothing but what an operator asks of it', async () => {
    expect((await poster.get('/v1/availability/MUG')).status).toBe(404);
    expect((await poster.get('/v1/projections')).body.projections.map(({ name }: { name: string }) => name)).toEqual([
      'valuation',
      'delivery-journal',
      'decisions-journal',
      'replay-journal',
    ]);
    expect((await poster.get('/metrics', 'nobody')).body).toContain('stockfold_projection_position');
  });
});
