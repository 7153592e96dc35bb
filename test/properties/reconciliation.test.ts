import fc from 'fast-check';
import { it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { COSTING_METHODS } from '../../src/domain/master-data/sku.js';
import { DISPOSITIONS } from '../../src/domain/stock/events.js';
import { DAMAGED_TREATMENTS } from '../../src/domain/valuation/posting-rules.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { BooksFold, foldDifferences } from '../../src/queries/reconciliation/books-fold.js';
import { adjusted, moved, received, returned, revised, sold } from '../domain/valuation/movements.js';
import { replayUnder } from '../projections/replay/books.js';
import { at, record, settle } from '../projections-valuation/shop.js';

const quantity = fc.integer({ min: 1, max: 9 });
const shelf = fc.constantFrom(...DISPOSITIONS);
const cost = fc.integer({ min: 1, max: 999 }).map((cents) => (cents / 100).toFixed(2));

const movement = fc.oneof(
  fc.tuple(quantity, cost).map(([units, each]) => received(units, each)),
  quantity.map((units) => sold(units)),
  fc.tuple(quantity, shelf).map(([units, where]) => returned(units, undefined, where)),
  quantity.map((units) => adjusted(-units, 'damage')),
  fc.tuple(quantity, shelf, shelf).map(([units, from, to]) => moved(units, from, to)),
  cost.map((amount) => revised(amount)),
);
const told = fc.array(movement, { minLength: 1, maxLength: 25 });
const rules = (version: number) =>
  fc.record({
    version: fc.constant(version),
    costing: fc.constantFrom(...COSTING_METHODS),
    damaged: fc.constantFrom(...DAMAGED_TREATMENTS),
  });

it('whatever happens, and by whatever rules it is valued or valued anew, the books agree with themselves', async () => {
  await fc.assert(
    fc.asyncProperty(told, told, rules(2), rules(3), async (first, later, old, wanted) => {
      const store = new MemoryEventStore();
      const going = BooksFold.of(['trial']);
      const value = () => settle(store, new ValuationProjection(store, { timeZone: 'UTC', rules: old }));
      await record(store, at('MUG', 'LEEDS'), ...first);
      await going.readOn(store);
      await value();
      await going.readOn(store);
      await replayUnder(store, wanted);
      await record(store, at('MUG', 'LEEDS'), ...later);
      await value();
      await going.readOn(store);
      const anew = BooksFold.of(['trial']);
      await anew.readOn(store);
      const { differing, values } = going.stock;
      return (
        differing.length + values.length + [...going.stock.unposted()].length + foldDifferences(going, anew).length ===
        0
      );
    }),
    { numRuns: 150 },
  );
});
