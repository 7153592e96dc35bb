import { expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { cartKeyOf } from '../../../src/domain/reservation/reservation-id.js';
import { type LocationId, type Sku, stockStream } from '../../../src/domain/values/identifiers.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { at, id, receipt } from '../../support/given-stock.js';
import { DyingStore } from './dying-store.js';
import { cart, Instance } from './instance.js';

const GRACE_MS = 5_001;
const order = cart('order-1', [
  ['MUG', 2, 'A'],
  ['MUG', 2, 'B'],
]);

it('a recovery gives up what has stood open for long, not what its caller has just begun anew', async () => {
  const store = new MemoryEventStore();
  const clock = new FixedClock(at('12:00'));
  const projector = new Instance(store, clock);
  for (const location of ['A', 'B'] as LocationId[]) {
    const movement = receipt(4, '08:00', { id: id('opening') });
    const place = stockStream({ sku: 'MUG' as Sku, location });
    const by = { actor: 'store', correlationId: 'r' };
    await projector.stock.execute(place, { type: 'record-movement', movement }, by);
  }
  const attempt = async () => {
    const { cart } = (await projector.reader.cart(cartKeyOf(id('order-1')))) ?? {};
    return { number: cart?.attempt, phase: cart?.phase };
  };

  await new Instance(new DyingStore(store, 2), clock).reserve(order).catch(() => undefined);
  await projector.follow();
  clock.set(clock.now() + GRACE_MS);
  // Gives the first attempt up, asks anew, and is still at it.
  await new Instance(new DyingStore(store, 5), clock).reserve(order).catch(() => undefined);
  expect(await attempt()).toEqual({ number: 1, phase: 'pending' });

  await projector.recover();
  expect(await attempt()).toEqual({ number: 1, phase: 'pending' });

  await projector.follow();
  clock.set(clock.now() + GRACE_MS);
  await projector.recover();
  expect(await attempt()).toEqual({ number: 1, phase: 'rejected' });
});
