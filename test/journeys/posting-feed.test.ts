import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStream } from '../support/event-stream.js';
import { type Role, ServiceProcess } from '../support/service.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start();
});
afterAll(() => service.remove());

const PATH = '/v1/postings/feed';
const follow = (query = '', headers: Record<string, string> = {}, role: Role = 'erp') =>
  EventStream.open(`${service.address}${PATH}${query}`, { authorization: `Bearer ${service.key(role)}`, ...headers });

/** The second one is paid in a currency that the location is not valued in. */
const parks = (sku: string) =>
  service.record(
    ...['GBP', 'USD'].map((currency) => ({
      id: `${sku}-${currency}`,
      type: 'receipt',
      sku,
      location: 'STORE-A',
      occurredAt: '2026-11-20T08:00:00Z',
      quantity: 2,
      unitCost: '5.00',
      currency,
    })),
  );

it('whoever may see postings is told what parks and what people decide, and misses nothing in between', async () => {
  const feed = await follow('?sku=MUG');
  await parks('CUP');
  await parks('MUG');
  const [parked] = await feed.until(({ type }) => type === 'stockfold.posting-parked.v1');
  expect(parked?.data).toMatchObject({
    specversion: '1.0',
    subject: 'posting-exceptions/posting-parked/journal/STORE-A/MUG',
    data: {
      connector: 'journal',
      sku: 'MUG',
      location: 'STORE-A',
      date: '2026-11-20',
      value: { amount: '5.00', currency: 'USD' },
      reason: 'CURRENCY',
      attempts: 0,
    },
  });
  feed.close();

  const { ref } = parked?.data.data ?? {};
  const decision = { decision: 'write-off', comment: 'booked by hand' };
  expect((await service.post(`/v1/postings/${ref}/resolve`, decision, 'operator')).status).toBe(200);
  const again = await follow('?types=stockfold.posting-resolved.v1', { 'last-event-id': feed.lastEventId });
  const [resolved] = await again.until(() => true);
  expect(resolved?.data.data).toMatchObject({ ref, decision: 'write-off', actor: 'operator', sku: 'MUG' });
  again.close();
});

it('is closed to storefronts and shops, and says what is wrong with a question', async () => {
  expect(await service.get(PATH, 'storefront')).toMatchObject({ status: 403 });
  expect(await service.get(PATH, 'store')).toMatchObject({ status: 403 });
  expect(await service.get(PATH, 'nobody')).toMatchObject({ status: 401 });
  for (const query of ['after=1', 'types=low-stock', 'colour=red']) {
    expect(await service.get(`${PATH}?${query}`, 'erp'), query).toMatchObject({ status: 400 });
  }
  expect(await service.get(PATH, 'erp', { 'last-event-id': 'pzzzzzzzz' })).toMatchObject({ status: 400 });
});

it('tells the feed of stock nothing of postings', async () => {
  const feed = await EventStream.open(`${service.address}/v1/availability/feed?sku=PAN,LID`, {
    authorization: `Bearer ${service.key('operator')}`,
  });
  await parks('PAN');
  const parked = () => service.get('/v1/postings?status=parked&sku=PAN', 'erp').then(({ body }) => body.items.length);
  await expect.poll(parked, { timeout: 20_000 }).toBe(1);
  await parks('LID');
  const told = await feed.until(({ data }) => data.data.sku === 'LID');
  expect(told.filter(({ type }) => type.includes('posting'))).toEqual([]);
  feed.close();
});
