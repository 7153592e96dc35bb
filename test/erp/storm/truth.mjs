import { join } from 'node:path';
import { DIST } from './stage.mjs';

const load = (path) => import(join(DIST, path));
const { decodeValued, VALUED } = await load('domain/valuation/codec.js');
const { MemoryEventStore } = await load('adapters/event-store/memory/memory-event-store.js');
const { EventStoreDbEventStore } = await load('adapters/event-store/eventstoredb/eventstoredb-event-store.js');
const { accountOf } = await load('adapters/erp/chart.js');
const { TRYTON_CHART } = await load('adapters/erp/tryton/default-chart.js');
const { TrytonConnector } = await load('adapters/erp/tryton/tryton-connector.js');
const { TrytonSession } = await load('adapters/erp/tryton/session.js');
const { DeliveryProjection } = await load('projections/erp-delivery/delivery-projection.js');
const { ProjectionRunner } = await load('projections/run.js');

const QUIET = { info() {}, warn() {}, error: console.error };
const CONTEXT = { company: 1, language: 'en' };

/** What our streams say, read from the event store past every service. */
export class Streams {
  constructor(url) {
    this.store = new EventStoreDbEventStore({ url });
  }

  /** Refs of all postings there should be, and what each account holds of them in minor units. */
  async postings() {
    const refs = new Set();
    const balances = new Map();
    let valuations = 0;
    for await (const { type, data } of this.store.readAll({ streamPrefixes: ['valuation-'] })) {
      if (type !== VALUED) continue;
      valuations += 1;
      for (const { ref, lines } of decodeValued(data).postings) {
        refs.add(ref);
        for (const line of lines) {
          const account = accountOf(TRYTON_CHART, line);
          balances.set(account, (balances.get(account) ?? 0n) + line.amount);
        }
      }
    }
    return { refs, balances, valuations };
  }

  /** Refs that the deliveries say have arrived, how often each, and what waits for a person. */
  async deliveries() {
    const delivered = [];
    const parked = [];
    for await (const { type, data } of this.store.readAll({ streamPrefixes: ['delivery-tryton-'] })) {
      if (type === 'Delivered') delivered.push(...data.refs);
      if (type === 'Parked') parked.push(data);
    }
    return { delivered, parked };
  }

  /** Everything is valued again from a store that knows of no delivery: what the poster would do without its memory. */
  async replay(account) {
    const forgetful = new MemoryEventStore();
    for await (const { stream, id, type, data, metadata } of this.store.readAll({ streamPrefixes: ['valuation-'] })) {
      await forgetful.append(stream, 'any', [{ id, type, data, metadata }]);
    }
    const connector = new TrytonConnector(account, QUIET);
    const runner = new ProjectionRunner(forgetful, new DeliveryProjection(forgetful, connector), QUIET);
    runner.start();
    const reached = await runner.reached(await forgetful.head(['valuation-']), 240_000);
    await runner.stop();
    await connector.close();
    let refs = 0;
    for await (const { type, data } of forgetful.readAll({ streamPrefixes: ['delivery-tryton-'] })) {
      if (type === 'Delivered') refs += data.refs.length;
    }
    return { reached, refs };
  }

  close() {
    return this.store.close();
  }
}

/** What the ERP says, asked past connector and proxy. */
export class ErpBooks {
  constructor(account) {
    this.session = new TrytonSession(account, 120_000);
    this.connector = new TrytonConnector(account, QUIET);
  }

  /** All moves there are. */
  async moves() {
    const fields = ['external_ref', 'state', 'post_number', 'write_date'];
    return await this.session.call('account.move.search_read', [], 0, null, [['id', 'ASC']], fields, CONTEXT);
  }

  /** In minor units, accounts without any left out. */
  async balances() {
    const all = await this.connector.balances();
    const held = all.map(({ account, debit, credit }) => [account, debit - credit]);
    return new Map(held.filter(([, amount]) => amount !== 0n));
  }
}
