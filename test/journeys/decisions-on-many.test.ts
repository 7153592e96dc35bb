import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, ServiceProcess } from '../support/service.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start({ ERP_WRITE_OFF_LIMIT: 'USD:50.00,GBP:100.00' });
  for (const sku of ['MUG', 'CUP', 'POT']) {
    await service.record(
      receipt(sku, 'r1', '2.50', 'GBP'),
      ...['r2', 'r3', 'r4', 'r5'].map((id) => receipt(sku, id, '3.00', 'USD', 1)),
    );
  }
});
afterAll(() => service.remove());

const receipt = (sku: string, id: string, unitCost: string, currency: string, quantity = 10) => ({
  id: `${sku}-${id}`,
  type: 'receipt',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T08:00:00Z',
  quantity,
  unitCost,
  currency,
});
const listed = async (query: string) => (await service.get(`/v1/postings?${query}`, 'erp')).body.items;
const until = (query: string, count: number) =>
  expect.poll(() => listed(query).then((items) => items.length), { timeout: 20_000 }).toBe(count);

const request = (more: object = {}) => ({
  id: 'dollars',
  connector: 'journal',
  filter: { code: 'CURRENCY', period: '2026-11', location: 'STORE-A' },
  decision: 'write-off',
  comment: 'Paid by head office.',
  ...more,
});
const decide = (body: object, role: Role = 'erp') => service.post('/v1/postings/decisions', body, role);
const decision = async (id: string) => (await service.get(`/v1/postings/decisions/${id}`, 'erp')).body;

describe('one decision about many postings, over HTTP', () => {
  it('says what it would be about', async () => {
    await until('status=parked', 3);
    await until('status=pending', 9);
    const { body } = await decide(request({ dryRun: true }));
    expect(body).toMatchObject({
      status: 'standing',
      parked: { count: 3, value: [{ amount: '9.00', currency: 'USD' }] },
      heldBack: { count: 9, value: [{ amount: '27.00', currency: 'USD' }] },
      applied: { count: 0, value: [] },
    });
    expect((await service.get('/v1/postings/decisions/dollars', 'erp')).status).toBe(404);
  });

  it('is carried out on all of them, one behind the other, and is done', async () => {
    expect(await decide(request({ filter: { code: 'CURRENCY', sku: 'MUG' } }))).toMatchObject({ status: 200 });
    await expect.poll(() => decision('dollars').then(({ status }) => status), { timeout: 20_000 }).toBe('done');
    expect(await decision('dollars')).toMatchObject({
      actor: 'erp',
      applied: { count: 4, value: [{ amount: '12.00', currency: 'USD' }] },
      parked: { count: 0 },
    });
    await until('status=written-off', 4);
    const [one] = await listed('status=written-off');
    expect(one.decision).toMatchObject({ actor: 'erp', comment: 'Paid by head office.', under: 'dollars' });
    await until('status=parked', 2);
  });

  it('the same again is the same; something else under its id is refused', async () => {
    const again = request({ filter: { code: 'CURRENCY', sku: 'MUG' } });
    expect((await decide(again)).body).toMatchObject({ status: 'done', applied: { count: 4 } });
    expect(await decide(request())).toMatchObject({ status: 422, body: { code: 'id-reused' } });
  });

  it('of more than one person may write off waits for another', async () => {
    await service.record(receipt('POT', 'r6', '30.00', 'USD', 1));
    await expect
      .poll(() => decide(request({ id: 'rest', dryRun: true })).then(({ body }) => body.heldBack.count))
      .toBe(7);
    expect((await decide(request({ id: 'rest' }))).body).toMatchObject({ status: 'needs-second-person' });
    const agree = (role: Role) => service.post('/v1/postings/decisions/rest/approve', { comment: 'Agreed.' }, role);
    expect((await agree('erp')).body.status).toBe('needs-second-person');
    expect((await agree('operator')).body).toMatchObject({ status: 'standing', approvedBy: 'operator' });
    await until('status=parked', 0);
    await until('status=written-off', 13);
    expect((await listed('status=written-off&sku=POT'))[4].decision).toMatchObject({
      actor: 'operator',
      proposedBy: 'erp',
    });
  });

  it.each([
    [{ filter: {}, connector: 'sap' }, 400],
    [{ filter: { period: '2026-13' } }, 400],
    [{ filter: { period: '2026-03', from: '2026-03-01' } }, 400],
    [{ filter: { from: '2026-03-02', to: '2026-03-01' } }, 400],
    [{ filter: { colour: 'blue' } }, 400],
    [{ comment: ' ' }, 400],
    [{ date: '2026-04-01' }, 400],
  ])('with %o is answered with %i', async (more, status) => {
    expect((await decide(request({ id: 'other', ...more }))).status).toBe(status);
  });

  it('is not for auditors', async () => {
    expect((await decide(request(), 'auditor')).status).toBe(403);
    expect((await service.get('/v1/postings/decisions/rest', 'auditor')).status).toBe(200);
    expect((await service.get('/v1/postings/decisions/none', 'auditor')).status).toBe(404);
  });
});
