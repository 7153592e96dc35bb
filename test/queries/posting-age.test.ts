import { expect, it } from 'vitest';
import { ChartAccounts } from '../../src/adapters/erp/chart.js';
import { ROLES_CHART } from '../../src/adapters/erp/roles-chart.js';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { MemoryPostingsBook } from '../../src/adapters/postings-book/memory/memory-postings-book.js';
import { encodeStockEvent } from '../../src/domain/stock/codec.js';
import { eventId } from '../../src/domain/values/event-id.js';
import { stockStream } from '../../src/domain/values/identifiers.js';
import { PostingsProjection } from '../../src/projections/postings/postings-projection.js';
import { PostingQueries } from '../../src/queries/postings/posting-queries.js';
import { received } from '../domain/valuation/movements.js';
import { valueAll } from '../projections/erp-delivery/poster.js';
import { at, settle } from '../projections-valuation/shop.js';

it('a posting waits since its movement was recorded, not since it happened: a till was offline for weeks', async () => {
  const store = new MemoryEventStore();
  const book = new MemoryPostingsBook(['erp']);
  const stream = stockStream(at('MUG', 'LEEDS'));
  const { type, data } = encodeStockEvent(received(10, '2.00'));
  const metadata = { schemaVersion: 1, occurredAt: '2026-01-05T08:00:00.000Z', recordedAt: '2026-03-02T09:00:00.000Z' };
  await store.append(stream, 'no-stream', [{ id: eventId(stream, 'late'), type, data, metadata }]);
  await valueAll(store);
  await settle(store, new PostingsProjection(store, book));
  const accounts = new ChartAccounts(new Map([['erp', ROLES_CHART]]));
  const { items } = await new PostingQueries(book, store, accounts).page({ locations: '*', limit: 10 });
  expect(items.map(({ since }) => since)).toEqual([Date.parse(metadata.recordedAt)]);
  expect(book.counts()).toMatchObject([{ oldestAt: Date.parse(metadata.recordedAt) }]);
});
