import { copyFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { expect, test, vi } from 'vitest';
import { all, NodeProcess } from '../contracts/event-store/support.js';
import { ServiceProcess } from '../support/service.js';
import { eventstore, ONE_BY_ONE } from './support.js';

const SKUS = ['MUG', 'PLATE', 'BOWL', 'SPOON', 'FORK', 'KNIFE'];
const POSITIONS = 2_000;
const WAIT = { timeout: 20_000 };

const movement = (sku: string, id: string, type: string, more: object) => ({
  id: `${sku}-${id}`,
  type,
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T08:00:00Z',
  ...more,
});
const receipt = (sku: string) => movement(sku, 'r', 'receipt', { quantity: 10, unitCost: '2.50', currency: 'GBP' });
const sale = (sku: string, id: string) => movement(sku, id, 'sale', { quantity: 3 });

/** Appends without events take positions: those of the two stores lie far apart then. */
async function takePositions({ url }: NodeProcess): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  for (let taken = 0; taken < POSITIONS; taken++) await client.appendToStream('nothing', [], ONE_BY_ONE);
  await client.dispose();
}

/** Every posting that was sent to the ERP, as often as it was. */
async function sent({ url }: NodeProcess): Promise<string[]> {
  const client = EventStoreDBClient.connectionString(url);
  const events = (await all(client.readAll())).flatMap(({ event }) => event ?? []);
  await client.dispose();
  return events
    .filter(({ streamId, type }) => streamId.startsWith('delivery-journal-') && type === 'Delivered')
    .flatMap(({ data }) => (data as unknown as { refs: string[] }).refs);
}

async function figures(shop: ServiceProcess) {
  const available = await Promise.all(SKUS.map((sku) => shop.get(`/v1/availability/${sku}`)));
  const values = await Promise.all(SKUS.map((sku) => shop.get(`/v1/valuation/${sku}/STORE-A`)));
  return {
    available: available.map(({ body }) => body.available),
    values: values.map(({ status, body }) => [status, body.quantity, body.value]),
  };
}

test.each(['source', 'target'] as const)(
  'a service goes on with a copy of its store, whose positions are lower or higher (%s)',
  async (ahead) => {
    const stores = { source: await NodeProcess.start(), target: await NodeProcess.start() };
    const { source, target } = stores;
    await takePositions(stores[ahead]);
    const former = await ServiceProcess.start({ EVENTSTORE_URL: source.url, ERP_CONNECTOR: 'journal' });
    await former.record(...SKUS.map(receipt), ...SKUS.map((sku) => sale(sku, 's1')));
    await vi.waitFor(async () => expect(await sent(source)).toHaveLength(2 * SKUS.length), WAIT);
    const before = { available: SKUS.map(() => 7), values: SKUS.map(() => [200, 7, '17.50']) };
    await vi.waitFor(async () => expect(await figures(former)).toEqual(before), WAIT);
    await former.stop();

    const { code, errors } = await eventstore('copy', '--from', source.url, '--to', target.url);
    expect(errors).toBe('');
    expect(code).toBe(0);
    await source.remove();

    const dataDir = await mkdtemp(join(tmpdir(), 'stockfold-moved-'));
    const journal = join(dataDir, 'postings.journal');
    await copyFile(join(former.dataDir, 'postings.journal'), journal);
    const posted = await readFile(journal, 'utf8');
    const moved = await ServiceProcess.start({ EVENTSTORE_URL: target.url, ERP_CONNECTOR: 'journal' }, dataDir);
    expect(await figures(moved)).toEqual(before);
    const known = await moved.record(...SKUS.map((sku) => sale(sku, 's1')));
    expect(known.body.results.map(({ status }: { status: string }) => status)).toEqual(SKUS.map(() => 'duplicate'));

    await moved.record(...SKUS.map((sku) => sale(sku, 's2')));
    await vi.waitFor(async () => expect(await sent(target)).toHaveLength(3 * SKUS.length), WAIT);
    const refs = await sent(target);
    expect(new Set(refs).size).toBe(3 * SKUS.length);
    const after = await readFile(journal, 'utf8');
    expect(after.startsWith(posted)).toBe(true);
    for (const ref of refs)
      expect(after.split(ref).length, ref).toBe(posted.includes(ref) ? posted.split(ref).length : 2);
    await moved.remove();
    await former.remove();
    await target.remove();
  },
  120_000,
);
