import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { type EventStore, START } from '../../src/ports/event-store.js';
import { DeliveryProjection } from '../../src/projections/erp-delivery/delivery-projection.js';
import { FeedProjection } from '../../src/projections/feed/feed-projection.js';
import { PostingFeedProjection } from '../../src/projections/feed/posting-feed-projection.js';
import { RecoveryProjection } from '../../src/projections/recovery/recovery-projection.js';
import { reservationRecovery } from '../../src/projections/recovery/reservation-recovery.js';
import { transferRecovery } from '../../src/projections/recovery/transfer-recovery.js';
import type { Projection } from '../../src/projections/run.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { TrialErp } from './erp-delivery/trial-erp.js';
import { Listened } from './feed/shop.js';
import { FixedClock, following } from './following.js';
import { replayer } from './replay/books.js';

const clock = new FixedClock();
const unasked = async (): Promise<void> => {
  throw new Error('There is nothing to finish.');
};

const PROJECTIONS: Record<string, (store: EventStore) => Projection> = {
  'recovery of transfers': (store) => new RecoveryProjection(store, transferRecovery(unasked), clock),
  'recovery of reservations': (store) => new RecoveryProjection(store, reservationRecovery(unasked), clock),
  replays: replayer,
  deliveries: (store) => new DeliveryProjection(store, new TrialErp()),
  'feed of stock': (store) => new FeedProjection(store, new Listened(), clock),
  'feed of postings': (store) => new PostingFeedProjection(store, new Listened()),
  valuation: (store) => new ValuationProjection(store, { timeZone: 'UTC' }),
};

describe('a projection whose streams have nothing', () => {
  it.each(Object.entries(PROJECTIONS))('does not begin from the start of the store again: %s', async (_, make) => {
    const store = new MemoryEventStore();
    for (let number = 0; number < 50; number += 1) {
      await store.append(`other-${number}`, 'no-stream', [{ id: randomUUID(), type: 'Other', data: {}, metadata: {} }]);
    }
    const first = make(store);
    await following(store, first, async () => {
      await first.idle?.();
      await expect.poll(() => make(store).start(), { interval: 10 }).toBeGreaterThan(START);
    });
  });
});
