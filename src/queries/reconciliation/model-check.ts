import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { type AvailabilityStore, ReadModelUnavailable, type SkuAvailability } from '../../ports/availability-store.js';
import { readAtLeast } from '../wait-for-position.js';
import type { StockFold } from './stock-fold.js';

/** A SKU at a location that the read model shows with other units than its stream, though nothing moved meanwhile. */
export interface ModelDiffers {
  readonly sku: Sku;
  readonly location: LocationId;
  readonly stock: number;
  readonly shown: number;
}

export interface ModelComparison {
  readonly compared: number;
  readonly differing: readonly ModelDiffers[];
}

type UnitsBySku = ReadonlyMap<Sku, ReadonlyMap<LocationId, number>>;

const SKUS_A_READ = 200;

/**
 * Compares the read model with the streams as they were read up to there. Only what it shows at just that position can
 * be compared. Undefined while it is away.
 */
export async function compareModel(model: AvailabilityStore, stock: StockFold): Promise<ModelComparison | undefined> {
  const { position } = stock;
  const known = unitsBySku(stock);
  const skus = [...known.keys()];
  const differing: ModelDiffers[] = [];
  let compared = 0;
  try {
    while (skus.length > 0) {
      const asked = skus.splice(0, SKUS_A_READ);
      const { items, stale } = await readAtLeast(position, () => model.read(asked, position));
      for (const item of stale ? [] : items) {
        if (item === undefined || item.position > position) continue;
        compared += item.cells.size;
        differing.push(...differences(item, known));
      }
    }
  } catch (error) {
    if (error instanceof ReadModelUnavailable) return undefined;
    throw error;
  }
  return { compared, differing };
}

function unitsBySku(stock: StockFold): UnitsBySku {
  const bySku = new Map<Sku, Map<LocationId, number>>();
  for (const { sku, location, units } of stock.units()) {
    const locations = bySku.get(sku) ?? new Map<LocationId, number>();
    bySku.set(sku, locations.set(location, units));
  }
  return bySku;
}

function* differences({ sku, cells }: SkuAvailability, known: UnitsBySku): Generator<ModelDiffers> {
  for (const [location, { onHand }] of cells) {
    const units = known.get(sku)?.get(location) ?? 0;
    const shown = onHand.sellable + onHand.quarantine + onHand.damaged;
    if (shown !== units) yield { sku, location, stock: units, shown };
  }
}
