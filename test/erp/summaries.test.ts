import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start({ ERP_SUMMARISE: 'day', ERP_SUMMARISE_EVERY: '1' });
});
afterAll(() => service.remove());

const SKUS = Array.from({ length: 10 }, (_, index) => `SUM-${index}`);
const movement = (sku: string, id: string, type: string, day: string, more: object) => ({
  id: `${sku}-${id}`,
  type,
  sku,
  location: 'STORE-A',
  occurredAt: `${day}T08:00:00Z`,
  ...more,
});
const receipts = () =>
  SKUS.map((sku) => movement(sku, 'r', 'receipt', '2026-11-18', { quantity: 50, unitCost: '2.50', currency: 'GBP' }));
const sales = (day: string, count: number) =>
  SKUS.flatMap((sku) =>
    Array.from({ length: count }, (_, sale) => movement(sku, `${day}-${sale}`, 'sale', day, { quantity: 1 })),
  );
const journal = () => join(service.dataDir, 'postings.journal');
const listed = async (query: string) => (await service.get(`/v1/postings?limit=1000&${query}`, 'erp')).body.items;
const delivered = (count: number) =>
  expect.poll(() => listed('status=delivered').then((items) => items.length), { timeout: 30_000 }).toBe(count);
const balance = (account: string) =>
  execFileSync('hledger', ['-f', journal(), 'balance', account, '-N', '--format', '%(total)'], {
    encoding: 'utf8',
  }).trim();
const transactions = () => readFileSync(journal(), 'utf8').match(/^\d{4}-\d{2}-\d{2}/gm)?.length ?? 0;

describe('a journal that gets one entry for many postings', () => {
  it('adds up to the same, in far fewer entries', async () => {
    await service.record(...receipts());
    await service.record(...sales('2026-11-19', 5), ...sales('2026-11-20', 4));
    await delivered(100);
    expect(transactions()).toBeLessThan(50);
    execFileSync('hledger', ['-f', journal(), 'check']);
    expect(balance('assets:inventory')).toContain('1025.00');
    expect(balance('expenses:cogs')).toContain('225.00');
  });

  it('says of a posting in which entry it went, and of the entry what it sums', async () => {
    const [one] = await listed('sku=SUM-3');
    const { body: posting } = await service.get(`/v1/postings/${one.ref}`, 'auditor');
    const { body: summary } = await service.get(`/v1/postings/summaries/${posting.summary}`, 'auditor');
    expect(summary).toMatchObject({
      status: 'recorded',
      location: 'STORE-A',
      period: '2026-11-18',
      date: '2026-11-18',
    });
    expect(summary.postings).toContain(one.ref);
    expect(readFileSync(journal(), 'utf8')).toContain(`ref:${posting.summary},`);
    expect((await service.get(`/v1/postings/summaries/${one.ref}`, 'auditor')).status).toBe(404);
  });

  it('changes nothing at a replay, nor when the process was killed', async () => {
    const before = transactions();
    await service.kill9();
    await service.restart();
    const { body } = await service.post('/v1/replays', { connector: 'journal', dryRun: false }, 'erp');
    const replay = () => service.get(`/v1/replays/${body.id}`, 'erp').then((answer) => answer.body);
    await expect.poll(() => replay().then(({ status }) => status), { timeout: 30_000 }).toBe('finished');
    expect(await replay()).toMatchObject({ looked: 100, present: 100, missing: 0, posted: 0 });
    expect(transactions()).toBe(before);
  });

  it('is reconciled by its balances', async () => {
    await service.record(...sales('2026-11-19', 6).slice(-1));
    await delivered(101);
    const { body } = await service.get('/v1/reconciliation?fresh=true', 'erp');
    expect(body.erps).toMatchObject([{ connector: 'journal', delivered: 101, strangers: [], accounts: [] }]);
  });

  it('names the entry that somebody has changed by a cent, and what it sums', async () => {
    const [one] = await listed('sku=SUM-3');
    const { body: posting } = await service.get(`/v1/postings/${one.ref}`, 'auditor');
    const text = readFileSync(journal(), 'utf8');
    const start = text.indexOf(posting.summary);
    const changed = text
      .slice(start)
      .replaceAll(/(?<= -?)(\d+\.\d)0(?= GBP)/g, '$11')
      .split('\n\n');
    writeFileSync(
      journal(),
      [text.slice(0, start) + changed[0], ...text.slice(start).split('\n\n').slice(1)].join('\n\n'),
    );
    const { body } = await service.get('/v1/reconciliation?fresh=true', 'erp');
    const { body: summary } = await service.get(`/v1/postings/summaries/${posting.summary}`, 'auditor');
    const sums = { postings: summary.postings.length, refs: summary.postings };
    expect(body.erps[0].entries).toMatchObject([{ ref: posting.summary, what: 'other-lines', sums }]);
    writeFileSync(journal(), text);
    const { body: mended } = await service.get('/v1/reconciliation?fresh=true', 'erp');
    expect(mended.reconciled).toBe(true);
  });
});
