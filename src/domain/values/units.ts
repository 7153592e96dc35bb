import { Map as PersistentMap } from 'immutable';

/** Units by whatever they are counted under; no entry holds 0. */
export type Units<Key> = PersistentMap<Key, number>;

export const NO_UNITS: Units<never> = PersistentMap();

export function plusUnits<Key>(units: Units<Key>, key: Key, change: number): Units<Key> {
  const after = (units.get(key) ?? 0) + change;
  return after === 0 ? units.delete(key) : units.set(key, after);
}

export function sumOf(units: Units<unknown>): number {
  let sum = 0;
  if (units.size === 0) return sum;
  for (const quantity of units.values()) sum += quantity;
  return sum;
}
