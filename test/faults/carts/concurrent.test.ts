import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import type { RequestedChange } from '../../../src/commands/reservation/requested-change.js';
import { cartId, cartKeyOf } from '../../../src/domain/reservation/reservation-id.js';
import { decodeStockEvent } from '../../../src/domain/stock/codec.js';
import { stateAt } from '../../../src/domain/stock/decide.js';
import { evolve, NO_STOCK } from '../../../src/domain/stock/state.js';
import { type LocationId, type Sku, stockStream } from '../../../src/domain/values/identifiers.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { at, id, receipt } from '../../support/given-stock.js';
import { cart, Instance, type Line } from './instance.js';

const SKUS = ['MUG', 'BOWL'] as Sku[];
const LOCATIONS = ['A', 'B', 'C'] as LocationId[];
const PLACES = SKUS.flatMap((sku) => LOCATIONS.map((location) => ({ sku, location })));
const OPENING = 6;

const quantity = fc.integer({ min: 1, max: 4 });
const line: fc.Arbitrary<Line> = fc
  .tuple(fc.constantFrom(...SKUS), quantity, fc.subarray([...LOCATIONS], { minLength: 1 }))
  .map(([sku, units, locations]) => [sku, units, ...locations] as const);
const changeId = fc.constantFrom('1', '2', '3').map(id);
const change: fc.Arbitrary<RequestedChange> = fc.oneof(
  fc.constant<RequestedChange>({ kind: 'confirm' }),
  fc.constant<RequestedChange>({ kind: 'cancel' }),
  fc.record({ kind: fc.constant('extend' as const), id: changeId, ttlSeconds: fc.constantFrom(600, 1_200) }),
  fc.record({
    kind: fc.constant('fulfil' as const),
    id: changeId,
    wanted: fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity }), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('move' as const),
    id: changeId,
    line: fc.integer({ min: 0, max: 2 }),
    to: fc.constantFrom(...LOCATIONS),
  }),
  fc.record({ kind: fc.constant('refuse' as const), id: changeId, location: fc.constantFrom(...LOCATIONS) }),
);
const CARTS = ['one', 'two', 'three'];
const wish = fc.record({
  reference: fc.constantFrom(...CARTS),
  lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  split: fc.boolean(),
  partial: fc.boolean(),
});
const step = fc.record({ instance: fc.nat(1), reference: fc.constantFrom(...CARTS), change });

describe('two instances that work on the same carts at the same time', () => {
  it('leave carts whole, hold each unit once, and never more than there is', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(wish, { minLength: 2, maxLength: 4 }),
        fc.array(step, { minLength: 4, maxLength: 14 }),
        async (wishes, steps) => {
          const store = new MemoryEventStore();
          const clock = new FixedClock(at('12:00'));
          const instances = [new Instance(store, clock), new Instance(store, clock)] as const;
          for (const place of PLACES) {
            const movement = receipt(OPENING, '08:00', { id: id('opening') });
            const by = { actor: 'store', correlationId: 'r' };
            await instances[0].stock.execute(stockStream(place), { type: 'record-movement', movement }, by);
          }
          await Promise.all(
            wishes.map(({ reference, lines, ...more }, index) =>
              instances[index % 2 === 0 ? 0 : 1].reserve(cart(reference, lines, more)),
            ),
          );
          const changes = steps.map((each) => {
            const reservation = cartId(cartKeyOf(id(each.reference)));
            return instances[each.instance === 0 ? 0 : 1].change(reservation, each.change);
          });
          await Promise.all(changes);
          await neverOverheld(store);
          await cartsAreWhole(new Instance(store, clock), clock);
        },
      ),
      { numRuns: 150 },
    ));
});

async function neverOverheld(store: MemoryEventStore): Promise<void> {
  for (const place of PLACES) {
    let state = NO_STOCK;
    for await (const stored of store.readStream(stockStream(place))) {
      state = evolve(state, decodeStockEvent(stored));
      expect(state.holds.quantity).toBeLessThanOrEqual(state.onHand.sellable);
    }
  }
}

/** What the carts say they hold is what lives in the stock streams, and all of a cart is confirmed or nothing. */
async function cartsAreWhole(instance: Instance, clock: FixedClock): Promise<void> {
  const claimed: string[] = [];
  for (const reference of CARTS) {
    const reading = await instance.reader.cart(cartKeyOf(id(reference)));
    if (reading === undefined) continue;
    const { phase, open, release, ended, holds, confirmed } = reading.cart;
    expect({ phase, open, release }).toEqual({ phase: expect.not.stringMatching('pending') });
    if (phase === 'rejected' || ended !== undefined) continue;
    const { fates } = await instance.reader.fates(holds);
    for (const [index, fate] of fates.entries()) {
      const hold = holds[index];
      if (!fate.live || hold === undefined) continue;
      expect(fate.hold.expiresAt === null).toBe(confirmed);
      claimed.push(`${hold.sku}@${hold.location} ${hold.reference} ${fate.hold.quantity}`);
    }
  }
  const living: string[] = [];
  for (const place of PLACES) {
    await instance.stock.read(stockStream(place), ({ state }) => {
      for (const [reference, hold] of stateAt(state, clock.now()).holds.entries()) {
        living.push(`${place.sku}@${place.location} ${reference} ${hold.quantity}`);
      }
    });
  }
  expect(living.sort()).toEqual(claimed.sort());
}
