import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, ServiceProcess } from '../support/service.js';
import { upToDate } from '../support/up-to-date.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start({ ERP_WRITE_OFF_LIMIT: '100.00' });
});
afterAll(() => service.remove());

const line = (sku: string, id: string, type: string, more: object) => ({
  id: `${sku}-${id}`,
  type,
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T08:00:00Z',
  ...more,
});
const receipt = (sku: string, id: string, unitCost: string, currency: string, quantity = 10) =>
  line(sku, id, 'receipt', { quantity, unitCost, currency });
const sale = (sku: string, id: string, quantity: number) => line(sku, id, 'sale', { quantity });

const listed = async (query: string) => (await service.get(`/v1/postings?${query}`, 'erp')).body.items;
const until = (query: string, count: number) =>
  expect.poll(() => listed(query).then((items) => items.length), { timeout: 20_000 }).toBe(count);
const journal = () => readFileSync(join(service.dataDir, 'postings.journal'), 'utf8');

/** Goods paid in a currency that the location is not valued in, and a sale behind them. @returns the parked posting */
async function parkedAt(sku: string, amount: string) {
  await service.record(
    receipt(sku, 'r1', '2.50', 'GBP'),
    receipt(sku, 'r2', amount, 'USD', 1),
    sale(sku, 's1', 2),
    sale(sku, 's2', 1),
  );
  await until(`status=parked&sku=${sku}`, 1);
  const [parked] = await listed(`status=parked&sku=${sku}`);
  return parked;
}

const resolve = (ref: string, decision: string, role: Role) =>
  service.post(`/v1/postings/${ref}/resolve`, { decision, comment: 'agreed with the auditor' }, role);

describe('postings over HTTP', () => {
  it('shows what was posted, in the order of the movements, with its lines and where it comes from', async () => {
    await service.record(receipt('MUG', 'r1', '2.50', 'GBP'), sale('MUG', 's1', 4));
    await until('status=delivered&sku=MUG', 2);
    const [received, sold] = await listed('sku=MUG');
    expect(received).toMatchObject({ status: 'delivered', connector: 'journal', date: '2026-11-20', attempts: 1 });
    expect(sold).toMatchObject({
      sku: 'MUG',
      location: 'STORE-A',
      currency: 'GBP',
      value: { amount: '10.00', currency: 'GBP' },
      source: { stream: 'stock-MUG@STORE-A', revision: 1, type: 'Sold', movementId: 'MUG-s1' },
    });
    expect(sold.lines).toEqual([
      { account: 'assets:inventory:STORE-A', debit: '0.00', credit: '10.00' },
      { account: 'expenses:cogs', debit: '10.00', credit: '0.00' },
    ]);
    expect(journal()).toContain(`ref:${sold.ref},`);
    const one = await service.get(`/v1/postings/${sold.ref}`, 'auditor');
    expect(one.body).toMatchObject(sold);
  });

  it('pages by position', async () => {
    const all = await listed('sku=MUG');
    const first = (await service.get('/v1/postings?sku=MUG&limit=1', 'erp')).body;
    const second = (await service.get(`/v1/postings?sku=MUG&limit=1&after=${first.next}`, 'erp')).body;
    expect([...first.items, ...second.items]).toEqual(all);
    expect(second.next).toBeUndefined();
  });

  it('shows what a movement has made of itself to whoever waits for its position', async () => {
    const { position } = (await service.record(receipt('CUP', 'r1', '1.00', 'GBP'))).body;
    const { body } = await upToDate(() => service.get(`/v1/postings?sku=CUP&minPosition=${position}`, 'erp'));
    expect(body.stale).toBeUndefined();
    expect(body.items).toHaveLength(1);
  });
});

describe('the work list', () => {
  it('says why a posting is parked, what is at stake, and what it holds back', async () => {
    const parked = await parkedAt('JUG', '3.00');
    expect(parked).toMatchObject({
      status: 'parked',
      reason: 'CURRENCY: 3.00 USD',
      value: { amount: '3.00', currency: 'USD' },
    });
    expect(parked.ageMs).toBeGreaterThanOrEqual(0);
    await until('status=pending&sku=JUG', 2);
    expect(journal()).not.toContain('JUG-s1');
  });

  it('a retry of what cannot be posted parks it again', async () => {
    const [{ ref }] = await listed('status=parked&sku=JUG');
    const retried = await service.post(`/v1/postings/${ref}/retry`, {}, 'erp');
    expect(retried.status).toBe(200);
    expect(retried.body.decision).toMatchObject({ decision: 'retry', actor: 'erp' });
    await until('status=parked&sku=JUG', 1);
  });

  it('a write-off lets what was held back go on; the same again changes nothing, another decision is refused', async () => {
    const [{ ref }] = await listed('status=parked&sku=JUG');
    const written = await resolve(ref, 'write-off', 'erp');
    expect(written.body).toMatchObject({
      status: 'written-off',
      decision: { decision: 'write-off', actor: 'erp', comment: 'agreed with the auditor' },
    });
    await until('status=delivered&sku=JUG', 3);
    expect(journal()).toContain('JUG-s2');
    expect(journal()).not.toContain('JUG-r2');
    expect((await resolve(ref, 'write-off', 'erp')).body.status).toBe('written-off');
    expect(await resolve(ref, 'redate', 'erp')).toMatchObject({ status: 409, body: { code: 'not-parked' } });
  });

  it('a large write-off takes two people', async () => {
    const { ref } = await parkedAt('POT', '100.01');
    expect((await resolve(ref, 'write-off', 'erp')).body).toMatchObject({
      status: 'parked',
      writeOffProposedBy: 'erp',
    });
    expect((await resolve(ref, 'write-off', 'erp')).body).toMatchObject({
      status: 'parked',
      writeOffProposedBy: 'erp',
    });
    expect((await resolve(ref, 'write-off', 'operator')).body).toMatchObject({
      status: 'written-off',
      decision: { actor: 'operator', proposedBy: 'erp' },
    });
    await until('status=delivered&sku=POT', 3);
  });

  it('survives a restart', async () => {
    const { ref } = await parkedAt('PAN', '7.00');
    await service.kill9();
    await service.restart();
    await until('status=parked', 1);
    expect((await service.get(`/v1/postings/${ref}`, 'erp')).body).toMatchObject({ status: 'parked' });
    expect(await listed('status=written-off')).toHaveLength(2);
  });
});

describe('who asks for what', () => {
  const REF = '00000000-0000-8000-8000-000000000000';

  it.each([
    ['/v1/postings?status=lost', 400],
    ['/v1/postings?after=soon', 400],
    ['/v1/postings?limit=0', 400],
    [`/v1/postings/${REF}`, 404],
  ])('%s is answered with %i', async (path, status) => {
    expect((await service.get(path, 'erp')).status).toBe(status);
  });

  it.each([
    [{ decision: 'forget', comment: 'x' }, 400],
    [{ decision: 'write-off' }, 400],
    [{ decision: 'write-off', comment: ' ' }, 400],
    [{ decision: 'retry', comment: 'x', date: '2026-04-01' }, 400],
    [{ decision: 'redate', comment: 'x', date: '2026-13-01' }, 400],
    [{ decision: 'redate', comment: 'x' }, 404],
  ])('the decision %o is answered with %i', async (body, status) => {
    expect((await service.post(`/v1/postings/${REF}/resolve`, body, 'erp')).status).toBe(status);
  });

  it('auditors look, and decide nothing; stores do not even look', async () => {
    expect((await service.post(`/v1/postings/${REF}/retry`, {}, 'auditor')).status).toBe(403);
    expect((await service.get('/v1/postings', 'store')).status).toBe(403);
  });
});
