import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeProcess } from '../../contracts/event-store/support.js';
import { runUser, startSecureNode, urlFor } from '../../support/secure-node.js';
import { ServiceProcess } from '../../support/service.js';

let node: NodeProcess;
beforeAll(async () => {
  node = await startSecureNode();
});
afterAll(() => node.remove());

const receipt = (id: string, quantity: number) => ({
  id,
  type: 'receipt',
  sku: 'MUG',
  location: 'STORE-A',
  occurredAt: '2026-03-01T09:00:00Z',
  quantity,
  unitCost: '2.50',
  currency: 'GBP',
});

describe('the service on a node over TLS', () => {
  test('does what it does on its own node', async () => {
    const service = await ServiceProcess.start({
      EVENTSTORE_URL: urlFor(node.port, 'admin'),
      ERP_CONNECTOR: 'journal',
    });
    const recorded = await service.record(receipt('receipt-1', 10));
    expect(recorded.status).toBe(200);
    const cart = { reference: 'cart-1', lines: [{ sku: 'MUG', location: 'STORE-A', quantity: 3 }], ttlSeconds: 900 };
    expect((await service.post('/v1/reservations', cart, 'storefront')).status).toBe(201);
    const available = async () => (await service.get('/v1/availability/MUG', 'storefront')).body.available;
    await expect.poll(available).toBe(7);
    const posted = async () => (await service.get('/v1/postings?sku=MUG', 'erp')).body.items;
    await expect.poll(posted, { timeout: 20_000 }).toMatchObject([{ status: 'delivered', connector: 'journal' }]);
    await service.remove();
  });

  test('keeps what was recorded, for the next one', async () => {
    const service = await ServiceProcess.start({ EVENTSTORE_URL: urlFor(node.port, 'admin') });
    const { body } = await service.get('/v1/availability/MUG', 'storefront');
    expect(body.available).toBe(7);
    const again = await service.record(receipt('receipt-1', 10));
    expect(again.body.results[0].status).toBe('duplicate');
    await service.remove();
  });
});

describe('a service that the event store does not let in', () => {
  test.each([
    ['a wrong password', () => urlFor(node.port, 'admin', 'wrong'), 'correct them in the connection string'],
    [
      'a wrong password for a node found by gossip',
      () => urlFor(node.port, 'admin', 'wrong', 'esdb+discover'),
      'correct them in the connection string',
    ],
    ['a user without the right to follow all streams', () => urlFor(node.port, 'alice'), 'name one in $admins'],
    [
      'a connection string without a user',
      () => urlFor(node.port, 'admin').replace(/\/\/.*@/, '//'),
      'name one in $admins',
    ],
  ])('does not start with %s, and says what to do', async (_what, url, remedy) => {
    const failed = await ServiceProcess.start({ EVENTSTORE_URL: url() }).catch((error: Error) => error.message);
    expect(failed).toContain(remedy);
    // It does not try again what only a person can mend.
    expect(failed).not.toContain('waiting for the event store');
  });

  test('is not ready while it is refused, says why, and goes on by itself once it is let in', async () => {
    await runUser(['add', 'shop', '--data', node.directory, '--group', '$admins'], 'first');
    const url = urlFor(node.port, 'admin').replace('admin:changeit', 'shop:first');
    // The node hears of a user within a second; whoever comes earlier is refused.
    const start = () => ServiceProcess.start({ EVENTSTORE_URL: url });
    const shop = await start().catch(start);
    await runUser(['add', 'shop', '--data', node.directory], 'second');
    await vi.waitFor(
      async () => {
        const { status, body } = await shop.get('/health/ready');
        expect([status, body.eventStore]).toEqual([503, 'refused']);
        const { body: told } = await shop.get('/v1/projections');
        expect(JSON.stringify(told)).toContain('correct them in the connection string');
      },
      { timeout: 20_000, interval: 250 },
    );
    await runUser(['add', 'shop', '--data', node.directory], 'first');
    await vi.waitFor(async () => expect((await shop.get('/health/ready')).status).toBe(200), {
      timeout: 20_000,
      interval: 250,
    });
    expect((await shop.record(receipt('receipt-2', 1))).status).toBe(200);
    await shop.remove();
  }, 90_000);
});
