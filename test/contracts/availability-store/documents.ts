import fc from 'fast-check';
import { Map as PersistentMap } from 'immutable';
import { type HeldUnits, heldKey, NO_CELL, type StockCell } from '../../../src/domain/availability/cell.js';
import { NEVER } from '../../../src/domain/stock/supplies.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import type { SkuAvailability } from '../../../src/ports/availability-store.js';

/** A document of one cell. */
export function document(sku: string, position: bigint, sellable = Number(position)): SkuAvailability {
  const cell: StockCell = {
    revision: 0,
    onHand: { sellable, quarantine: 0, damaged: 0 },
    held: NO_CELL.held,
    supply: NO_CELL.supply,
    policy: NO_CELL.policy,
  };
  return { sku: sku as Sku, position, cells: new Map([['store-1' as LocationId, cell]]) };
}

const units = fc.integer({ min: -4_000_000_000, max: 4_000_000_000 });
const instant = fc.integer({ min: 1, max: 4_102_444_800_000 });
const sku = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/) as fc.Arbitrary<Sku>;
const location = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/) as fc.Arbitrary<LocationId>;

const someUnits = fc.integer({ min: 1, max: 4_000_000_000 });
const channel = fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/);
const held: fc.Arbitrary<HeldUnits> = fc.record(
  {
    expiresAt: fc.option(fc.integer({ min: 1, max: 4_102_444_800 }).map((seconds) => seconds * 1_000)),
    quantity: someUnits,
    neededBy: fc.integer({ min: 1, max: 4_102_444_800_000 }),
    channel,
  },
  { requiredKeys: ['expiresAt', 'quantity'] },
);

const cell: fc.Arbitrary<StockCell> = fc.record({
  revision: fc.nat(),
  onHand: fc.record({ sellable: units, quarantine: units, damaged: units }),
  held: fc.array(held).map((entries) => PersistentMap(entries.map((entry) => [heldKey(entry), entry]))),
  supply: fc.array(fc.tuple(fc.oneof(instant, fc.constant(NEVER)), someUnits)).map((entries) => PersistentMap(entries)),
  policy: fc.record({
    safetyStock: fc.nat(),
    lowStockThreshold: fc.nat(),
    protections: fc.array(fc.tuple(channel, someUnits)).map((entries) => PersistentMap(entries)),
  }),
});

/** Any document that a fold could give, and more. */
export const anyDocument: fc.Arbitrary<SkuAvailability> = fc.record({
  sku,
  position: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  cells: fc.array(fc.tuple(location, cell)).map((cells) => new Map(cells)),
});
