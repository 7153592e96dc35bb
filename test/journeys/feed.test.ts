import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStream, type ServerSentEvent } from '../support/event-stream.js';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

let counter = 0;
const movement = (type: string, sku: string, quantity: number, location = 'STORE-A') => ({
  id: `m-${++counter}`,
  type,
  sku,
  location,
  occurredAt: '2026-11-20T08:00:00Z',
  quantity,
  ...(type === 'receipt' ? { unitCost: '1.00', currency: 'GBP' } : {}),
});
const follow = (query = '', headers: Record<string, string> = {}) =>
  EventStream.open(`${shop.address}/v1/availability/feed${query}`, {
    authorization: `Bearer ${shop.key('storefront')}`,
    ...headers,
  });
const said = ({ type, data }: ServerSentEvent): string =>
  `${type.split('.')[1]} ${data.data.sku} ${data.data.available}`;
const isAbout = (sku: string) => (event: ServerSentEvent) => event.data.data.sku === sku;

describe('a storefront that follows the feed', () => {
  it('sees a SKU come back and sell out, as CloudEvents', async () => {
    const feed = await follow('?sku=LAMP&locations=STORE-A');
    expect(feed.response.headers.get('content-type')).toMatch('text/event-stream');
    await shop.record(movement('receipt', 'MUG', 5), movement('receipt', 'LAMP', 5, 'STORE-B'));
    await shop.record(movement('receipt', 'LAMP', 2));
    const back = await feed.until(({ type }) => type === 'stockfold.back-in-stock.v1');
    await shop.record(movement('sale', 'LAMP', 2));
    const [out] = await feed.until(isAbout('LAMP'));
    feed.close();

    expect([...back, out].map((event) => event && said(event))).toEqual([
      'availability-changed LAMP 2',
      'back-in-stock LAMP 2',
      'availability-changed LAMP 0',
    ]);
    expect(out?.data).toMatchObject({ specversion: '1.0', id: 'LAMP@STORE-A/1', type: out?.type });
  });

  it('goes on from the position of an answer that it has', async () => {
    await shop.record(movement('receipt', 'BOWL', 3));
    const { body } = await shop.record(movement('receipt', 'BOWL', 3));
    await shop.record(movement('sale', 'BOWL', 1));
    const feed = await follow(`?sku=BOWL&after=${body.position}`);
    expect(said((await feed.until(isAbout('BOWL')))[0] as ServerSentEvent)).toBe('availability-changed BOWL 5');
    feed.close();
  });

  it('may be a browser, whose EventSource can send its key in the address alone', async () => {
    const token = `access_token=${shop.key('storefront')}`;
    const feed = await EventStream.open(`${shop.address}/v1/availability/feed?sku=FORK&${token}`, {});
    await shop.record(movement('receipt', 'FORK', 1));
    expect(said((await feed.until(isAbout('FORK')))[0] as ServerSentEvent)).toBe('availability-changed FORK 1');
    feed.close();
    expect(await shop.get(`/v1/availability/FORK?${token}`, 'nobody')).toMatchObject({ status: 401 });
  });

  it('is told what was wrong with the place it comes back from, with its filter, or with its key', async () => {
    const path = '/v1/availability/feed';
    const parameter = { status: 400, body: { code: 'invalid-parameter' } };
    expect(await shop.get(path, 'storefront', { 'last-event-id': 'nonsense' })).toMatchObject(parameter);
    expect(await shop.get(path, 'storefront', { 'last-event-id': 'pzzzzzzzz' })).toMatchObject(parameter);
    for (const query of ['after=1', 'sku=', 'sku=a%20b', 'types=weather', 'locations=,', 'colour=red']) {
      expect(await shop.get(`${path}?${query}`, 'storefront'), query).toMatchObject(parameter);
    }
    expect(await shop.get(path, 'nobody')).toMatchObject({ status: 401 });
    expect(await shop.get(path, 'erp')).toMatchObject({ status: 403 });
  });
});

describe('a follower of everything', () => {
  it('misses nothing and hears nothing twice, though it breaks off and the service is killed', async () => {
    let feed = await follow('?types=late-movement');
    await shop.record({ ...movement('receipt', 'CUP', 1), occurredAt: '2026-11-20T12:00:00Z' });
    const heard: string[] = [];
    const sales = 120;
    let sold = 0;
    const sell = async (count: number) => {
      for (const end = sold + count; sold < end; sold += 1) await shop.record(movement('sale', 'CUP', 1));
    };
    const hear = async (count: number) => {
      for (const end = heard.length + count; heard.length < end; ) {
        const event = await feed.next();
        if (event === undefined) return;
        heard.push(event.data.data.movement.id);
      }
    };
    const first = counter + 1;
    await sell(40);
    await hear(25);
    feed.close();
    await sell(20);
    feed = await follow('?types=late-movement', { 'last-event-id': feed.lastEventId });
    await hear(25);
    await shop.kill9();
    await hear(40);
    await shop.restart();
    await sell(sales - sold);
    feed = await follow('?types=late-movement', { 'last-event-id': feed.lastEventId });
    await hear(sales - heard.length);
    feed.close();
    expect(heard).toEqual(Array.from({ length: sales }, (_, index) => `m-${first + index}`));
  });

  it('does not keep the service from stopping', async () => {
    const feed = await follow();
    const ended = feed.next();
    expect(await shop.stop()).toBe(0);
    expect(await ended).toBeUndefined();
    await shop.restart();
  });
});
