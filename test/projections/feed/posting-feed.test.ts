import { connect } from 'nats';
import { beforeEach, expect, it } from 'vitest';
import { NatsEventBus } from '../../../src/adapters/event-bus/nats/nats-event-bus.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { PostingFeedProjection } from '../../../src/projections/feed/posting-feed-projection.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, record, settle } from '../../projections-valuation/shop.js';
import { startNats } from '../../support/nats-server.js';
import { decideParked, deliverUntil, happened, valueAll } from '../erp-delivery/poster.js';
import { TrialErp } from '../erp-delivery/trial-erp.js';
import { Listened } from './shop.js';

let store: MemoryEventStore;
beforeEach(async () => {
  store = new MemoryEventStore();
  const erp = new TrialErp();
  erp.trouble = ({ source }) => (source.type === 'Sold' ? 'period-closed' : undefined);
  await record(store, at('MUG', 'LEEDS'), received(10, '2.00'), sold(4));
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === 1);
  await decideParked(store, { type: 'Redated', date: '2026-04-01', actor: 'maria', comment: 'closed' });
});

it('the bus is told of a posting that parks and of the decision, each once, however often it refuses', async () => {
  const bus = new Listened();
  bus.refusals = 1;
  await settle(store, new PostingFeedProjection(store, bus));
  await settle(store, new PostingFeedProjection(store, bus));
  const connector = 'trial';
  const stake = {
    connector,
    sku: 'MUG',
    location: 'LEEDS',
    date: '2026-03-02',
    value: { amount: '8.00', currency: 'GBP' },
  };
  expect(bus.heard.map(({ subject, data }) => [subject, data])).toMatchObject([
    ['posting-exceptions/posting-parked/trial/LEEDS/MUG', { ...stake, reason: 'PERIOD_CLOSED', attempts: 1 }],
    ['posting-exceptions/posting-resolved/trial/LEEDS/MUG', { ...stake, decision: 'redate', actor: 'maria' }],
  ]);
});

it('on NATS they are kept apart from what storefronts may read', async () => {
  const { url, kill } = await startNats();
  const bus = new NatsEventBus({ url });
  await settle(store, new PostingFeedProjection(store, bus));
  const connection = await connect({ servers: url });
  const { streams } = await connection.jetstreamManager();
  const subject = 'stockfold.posting-exceptions.posting-parked.trial.LEEDS.MUG';
  const kept = await streams.getMessage('STOCKFOLD-POSTING-EXCEPTIONS', { last_by_subj: subject });
  expect(kept.json()).toMatchObject({ type: 'stockfold.posting-parked.v1', data: { reason: 'PERIOD_CLOSED' } });
  expect((await streams.info('STOCKFOLD-EXCEPTIONS')).state.messages).toBe(0);
  await Promise.all([connection.close(), bus.close()]);
  await kill();
});
