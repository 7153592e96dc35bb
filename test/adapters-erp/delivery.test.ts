import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpConnector } from '../../src/adapters/erp/http/http-connector.js';
import type { PostingMessage } from '../../src/adapters/erp/posting-message.js';
import type { ErpConnector } from '../../src/ports/erp.js';
import { DeliveryProjection } from '../../src/projections/erp-delivery/delivery-projection.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { adjusted, counted, received, revised, sold } from '../domain/valuation/movements.js';
import { at, FaultyStore, record, settle } from '../projections-valuation/shop.js';
import { realNats } from '../support/servers.js';
import { Ledger } from './http/ledger.js';
import { BookedNatsConnector, Middleware } from './nats/middleware.js';

const SKUS = Array.from({ length: 40 }, (_, index) => `SKU-${index}`);

let store: FaultyStore;
beforeEach(async () => {
  store = new FaultyStore();
  for (const sku of SKUS) {
    await record(store, at(sku, 'LEEDS'), received(20, '2.505'), sold(3), adjusted(-1, 'damage'), sold(2));
    await record(store, at(sku, 'LEEDS'), revised('1.27'), counted(12, -2), sold(30));
  }
  await settle(store, new ValuationProjection(store, { timeZone: 'Europe/London' }));
});

/** Everything that was valued, by its ref, in the order of its stream. */
async function valued(): Promise<ReadonlyMap<string, readonly string[]>> {
  const refs = new Map<string, string[]>();
  for await (const { stream, data } of store.readAll({ streamPrefixes: ['valuation-'] })) {
    const postings = (data.postings ?? []) as { readonly ref: string }[];
    refs.set(stream, [...(refs.get(stream) ?? []), ...postings.map(({ ref }) => ref)]);
  }
  return refs;
}

/** Each once, balanced, and in the order of its SKU and location. */
async function expectAll(posted: readonly PostingMessage[]): Promise<void> {
  const streams = await valued();
  expect(posted).toHaveLength([...streams.values()].flat().length);
  for (const [stream, refs] of streams) {
    const own = posted.filter(({ sku, location }) => stream === `valuation-${sku}@${location}`);
    expect(own.map(({ ref }) => ref)).toEqual(refs);
  }
}

const breaker = { firstOpenMs: 1, mostOpenMs: 5 };
const deliver = (connector: ErpConnector, from = store) =>
  settle(from, new DeliveryProjection(from, connector, { breaker }));

/** Delivers everything again as if nothing had ever been delivered. */
async function deliverAnew(connector: ErpConnector): Promise<void> {
  const forgetful = new FaultyStore();
  for await (const event of store.readAll({ streamPrefixes: ['valuation-'] })) {
    await forgetful.append(event.stream, 'any', [event]);
  }
  await deliver(connector, forgetful);
}

describe('everything that is valued, delivered to an HTTP endpoint', () => {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await Ledger.start();
  });
  afterEach(() => ledger.kill());

  it('is there once and in order, whatever goes wrong, and a replay adds nothing', async () => {
    const faults = ['dropped-after', 'error-after', 'dropped-before', 'garbage-after', 'half-an-answer', 'no-list'];
    const between = faults.flatMap((fault) => ['', '', fault]);
    await ledger.goesWrong(...between, ...between);
    const connector = new HttpConnector({ ...ledger.settings, batchLimit: 7 });
    // A poster that dies after posting and before it says so.
    let recorded = 0;
    store.fault = (stream) => (stream.startsWith('delivery-') && ++recorded % 9 === 0 ? 'lost' : undefined);
    await deliver(connector);
    const { ledger: posted, seen } = await ledger.seen();
    expect(seen.length).toBeGreaterThan(36);
    await expectAll(posted);
    await deliverAnew(connector);
    await expectAll((await ledger.seen()).ledger);
  });
});

describe('everything that is valued, handed over to JetStream', () => {
  it('is there once and in order, and a replay adds nothing', async () => {
    const url = await realNats();
    const stream = `S-${randomUUID()}`;
    const middleware = await Middleware.on(url, `${stream}-POSTINGS-nats`);
    const connector = new BookedNatsConnector(url, { stream, subjectPrefix: stream.toLowerCase() }, middleware);
    let recorded = 0;
    store.fault = (name) => (name.startsWith('delivery-') && ++recorded % 3 === 0 ? 'lost' : undefined);
    await deliver(connector);
    const posted = async () => (await middleware.postings()).map(({ posting }) => posting);
    await expectAll(await posted());
    await deliverAnew(connector);
    await expectAll(await posted());
    await Promise.all([connector.close(), middleware.close()]);
  });
});
