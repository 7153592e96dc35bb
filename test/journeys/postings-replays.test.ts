import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServiceProcess } from '../support/service.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start();
  const at = (id: string, type: string, more: object) => ({
    id,
    type,
    sku: 'MUG',
    location: 'STORE-A',
    occurredAt: '2026-11-20T08:00:00Z',
    ...more,
  });
  await service.record(
    at('r1', 'receipt', { quantity: 10, unitCost: '2.50', currency: 'GBP' }),
    at('s1', 'sale', { quantity: 4 }),
    at('s2', 'sale', { quantity: 1 }),
  );
});
afterAll(() => service.remove());

const finished = (id: string) =>
  expect
    .poll(async () => (await service.get(`/v1/replays/${id}`, 'erp')).body, { timeout: 20_000 })
    .toMatchObject({ status: 'finished' });

it('a replay is asked for, watched, and changes nothing where nothing is missing', async () => {
  await expect
    .poll(async () => (await service.get('/v1/postings?status=delivered')).body.items.length, { timeout: 20_000 })
    .toBe(3);
  for (const dryRun of [true, false]) {
    const asked = await service.post('/v1/replays', { connector: 'journal', sku: 'MUG', dryRun }, 'erp');
    expect(asked).toMatchObject({ status: 202, body: { connector: 'journal', dryRun, sku: 'MUG' } });
    await finished(asked.body.id);
    const { body } = await service.get(`/v1/replays/${asked.body.id}`, 'auditor');
    expect(body).toMatchObject({ looked: 3, present: 3, missing: 0, posted: 0, examples: [] });
  }
});

it('metrics tell how postings stand and how the ERP answers', async () => {
  const { body } = await service.get('/metrics', 'nobody');
  expect(body).toContain('stockfold_postings_pending{connector="journal"} 0');
  expect(body).toContain('stockfold_postings_parked{connector="journal"} 0');
  expect(body).toContain('stockfold_postings_oldest_age_seconds{connector="journal"} 0');
  expect(body).toContain('stockfold_postings_overdue_seconds{connector="journal"} 0');
  expect(body).toContain('stockfold_erp_breaker{connector="journal",state="closed"} 1');
  expect(body).toMatch(/stockfold_erp_attempts_total\{connector="journal",outcome="answered"\} [1-9]/);
});

it.each([
  [{ connector: 'ledger', dryRun: true }, 400],
  [{ connector: 'journal' }, 400],
  [{ connector: 'journal', dryRun: true, from: 'yesterday' }, 400],
])('%o is answered with %i', async (body, status) => {
  expect((await service.post('/v1/replays', body, 'erp')).status).toBe(status);
});

it('a replay that nobody asked for is unknown, and auditors ask for none', async () => {
  expect((await service.get('/v1/replays/00000000-0000-8000-8000-000000000000', 'erp')).status).toBe(404);
  expect((await service.get('/v1/replays/x', 'erp')).status).toBe(404);
  expect((await service.post('/v1/replays', { connector: 'journal', dryRun: true }, 'auditor')).status).toBe(403);
});
