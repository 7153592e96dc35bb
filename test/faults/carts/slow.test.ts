import { expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { Rejected } from '../../../src/domain/rejected.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import { stockStream } from '../../../src/domain/values/identifiers.js';
import type { EventStore, ReadStreamOptions, RecordedEvent } from '../../../src/ports/event-store.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { at, id, receipt } from '../../support/given-stock.js';
import { DyingStore } from './dying-store.js';
import { cart, Instance } from './instance.js';

/** A store at which time passes while a stream is read. */
class SlowStore extends DyingStore {
  constructor(
    private readonly slow: EventStore,
    private readonly clock: FixedClock,
  ) {
    super(slow);
  }

  override readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    this.clock.set(this.clock.now() + 700);
    return this.slow.readStream(stream, options);
  }
}

const PLACES = (['A', 'B', 'C'] as LocationId[]).map((location) => ({ sku: 'MUG' as Sku, location }));

it('all holds of a cart that is extended end in the second that its caller is told, however long that takes', async () => {
  const clock = new FixedClock(at('12:00'));
  const store = new MemoryEventStore();
  const shop = new Instance(store, clock);
  for (const place of PLACES) {
    const movement = receipt(4, '08:00', { id: id('opening') });
    const by = { actor: 'store', correlationId: 'r' };
    await shop.stock.execute(stockStream(place), { type: 'record-movement', movement }, by);
  }
  const lines = PLACES.map(({ sku, location }) => [sku, 2, location] as const);
  const reservation = await shop.reserve(cart('order-1', lines, { ttlSeconds: 60 }));
  if (reservation instanceof Rejected) throw new Error(reservation.detail);

  const slow = new Instance(new SlowStore(store, clock), clock);
  const extended = await slow.change(reservation.id, { kind: 'extend', id: id('longer'), ttlSeconds: 600 });
  if (extended instanceof Rejected) throw new Error(extended.detail);
  expect(extended.expiresAt).toBeGreaterThan(reservation.expiresAt);
  for (const place of PLACES) {
    const ends = await shop.stock.read(stockStream(place), ({ state }) =>
      [...state.holds.entries()].map(([, { expiresAt }]) => expiresAt),
    );
    expect(ends).toEqual([extended.expiresAt]);
  }
});
