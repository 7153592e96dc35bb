import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStream, type ServerSentEvent } from '../support/event-stream.js';
import { type Role, ServiceProcess } from '../support/service.js';

let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start();
});
afterAll(() => service.remove());

const receive = (sku: string, ...currencies: readonly string[]) =>
  service.record(
    ...currencies.map((currency) => ({
      id: `${sku}-${currency}`,
      type: 'receipt',
      sku,
      location: 'STORE-A',
      occurredAt: '2026-11-20T08:00:00Z',
      quantity: 1,
      unitCost: '5.00',
      currency,
    })),
  );

interface Feed {
  readonly path: string;
  readonly role: Role;
  /** What the feed tells once. */
  happensTo(sku: string): Promise<unknown>;
}

const FEEDS: Record<string, Feed> = {
  stock: {
    path: '/v1/availability/feed?types=availability-changed',
    role: 'storefront',
    happensTo: (sku) => receive(sku, 'GBP'),
  },
  // What is paid in another currency than its location is valued in parks.
  postings: {
    path: '/v1/postings/feed?types=posting-parked',
    role: 'erp',
    happensTo: (sku) => receive(sku, 'GBP', 'USD'),
  },
};

const RESTARTS: Record<string, () => Promise<unknown>> = {
  'stopped and started': () => service.stop(),
  'killed and started': () => service.kill9(),
};

const skuOf = ({ data }: ServerSentEvent): string => data.data.sku;

/** Comes as a browser does: with the place in its address, and the one that it has got to since. */
function follow({ path, role }: Feed, skus: readonly string[], after?: string, lastEventId = ''): Promise<EventStream> {
  const query = `&sku=${skus.join()}${after === undefined ? '' : `&after=${after}`}`;
  const place = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
  return EventStream.open(`${service.address}${path}${query}`, {
    authorization: `Bearer ${service.key(role)}`,
    ...place,
  });
}

describe.each(Object.entries(FEEDS))('a follower of %s to whom nothing has been told for a while', (name, feed) => {
  it.each(Object.entries(RESTARTS))('hears what comes next once, though the service is %s', async (how, end) => {
    const [earlier, other, next, last] = ['MUG', 'PAN', 'CUP', 'JUG'].map(
      (sku) => `${sku}-${name}-${how.split(' ', 1)[0]}`,
    ) as [string, string, string, string];
    const followed = [earlier, next, last];
    const first = await follow(feed, followed);
    await feed.happensTo(earlier);
    await first.until((event) => skuOf(event) === earlier);
    first.close();
    const { position } = (await receive(other, 'GBP')).body;

    const quiet = await follow(feed, followed, position);
    expect(quiet.response.status).toBe(200);
    const told = quiet.next();
    await end();
    expect(await told).toBeUndefined();
    await service.restart();

    const again = await follow(feed, followed, position, quiet.lastEventId);
    expect(again.response.status).toBe(200);
    // One after the other: SKUs are valued side by side, so that the feed may tell of either first.
    await feed.happensTo(next);
    const heard = await again.until((event) => skuOf(event) === next);
    await feed.happensTo(last);
    heard.push(...(await again.until((event) => skuOf(event) === last)));
    expect(heard.map(skuOf)).toEqual([next, last]);
    again.close();
  });
});
