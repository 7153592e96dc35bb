import { afterAll, beforeAll, expect, it } from 'vitest';
import { clearOfMidnight } from '../support/midnight.js';
import { ServiceProcess } from '../support/service.js';

let service: ServiceProcess;
beforeAll(async () => {
  // At midnight it would be time.
  await clearOfMidnight();
  service = await ServiceProcess.start({ ERP_SUMMARISE: 'day', ERP_SUMMARISE_EVERY: '86400' });
});
afterAll(() => service.remove());

it('postings that are held to be summed are not late before it is time', async () => {
  const goods = { quantity: 5, unitCost: '2.00', currency: 'GBP', occurredAt: new Date().toISOString() };
  await service.record({ id: 'r-1', type: 'receipt', sku: 'MUG', location: 'STORE-A', ...goods });
  const metrics = async () => (await service.get('/metrics', 'nobody')).body as string;
  await expect.poll(metrics, { timeout: 20_000 }).toContain('stockfold_postings_pending{connector="journal"} 1');
  await expect.poll(metrics, { timeout: 20_000 }).toMatch(/postings_oldest_age_seconds\{connector="journal"\} [1-9]/);
  expect(await metrics()).toContain('stockfold_postings_overdue_seconds{connector="journal"} 0');
});
