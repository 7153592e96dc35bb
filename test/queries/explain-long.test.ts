import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { encodeStockEvent } from '../../src/domain/stock/codec.js';
import type { StockEvent } from '../../src/domain/stock/events.js';
import type { JsonObject } from '../../src/domain/values/json.js';
import type { RecordedEvent } from '../../src/ports/event-store.js';
import { ExplainAvailability, ExplainAvailabilityHandler } from '../../src/queries/availability/explain.js';
import { FixedClock } from '../support/fixed-clock.js';
import { at, id } from '../support/given-stock.js';
import { place, sku } from './shop.js';

const EVENTS = 300_000;
const LOOK_EVERY = 50_000;
/** Far less than the events would take, far more than what counts of them does. */
const ROOM_BYTES = 2 * 1_048_576;

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

function bytesInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** What the shop does over the years: units come, are held, and sold or freed; channels have their share and lose it. */
function eventAt(revision: number): StockEvent {
  const hold = { reference: id(`order-${revision >> 2}`), quantity: 1, expiresAt: at('13:00') };
  const occurredAt = at('08:00');
  const kinds: readonly StockEvent[] = [
    { type: 'Received', id: id(`r-${revision}`), occurredAt, quantity: 1, unitCost: '1.00', currency: 'GBP' },
    { type: 'Reserved', ...hold, occurredAt, ttlSeconds: 600 },
    { type: 'Released', ...hold, occurredAt, reason: 'cancelled' },
    {
      type: 'ProtectionSet',
      changeId: `c-${revision}`,
      occurredAt,
      channel: `channel-${revision >> 3}`,
      quantity: revision % 8 === 3 ? 1 : 0,
    },
  ];
  const kind = kinds[revision % kinds.length];
  if (kind === undefined) throw new Error('There is a kind for every revision.');
  return kind;
}

/** A stream that is made as it is read, so that nobody but its reader can hold it. */
class LongHistory extends MemoryEventStore {
  mostBytes = 0;

  override async *readStream(stream: string): AsyncIterable<RecordedEvent> {
    for (let revision = 0; revision < EVENTS; revision += 1) {
      const { type, data, occurredAt } = encodeStockEvent(eventAt(revision));
      const metadata: JsonObject = { occurredAt, recordedAt: occurredAt };
      yield { stream, revision, position: BigInt(revision + 1), id: `event-${revision}`, type, data, metadata };
      if (revision % LOOK_EVERY === LOOK_EVERY - 1) this.mostBytes = Math.max(this.mostBytes, bytesInUse());
    }
  }
}

it('a long history is explained without being held', async () => {
  const store = new LongHistory();
  const handler = new ExplainAvailabilityHandler(store, new FixedClock(at('12:00')));
  const before = bytesInUse();
  const key = { sku: sku('MUG'), location: place('STORE-A') };
  const answer = await handler.execute(new ExplainAvailability(key, undefined, 100));
  expect(answer?.position).toBe(BigInt(EVENTS));
  expect(answer?.explanation).toMatchObject({ available: EVENTS / 4, protected: { units: 0, channels: [] } });
  expect(answer?.explanation.onHand.newest).toHaveLength(100);
  expect(store.mostBytes - before).toBeLessThan(ROOM_BYTES);
});
