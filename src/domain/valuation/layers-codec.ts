import type { JsonObject } from '../values/json.js';
import type { Layer, LayerChange } from './layers.js';

/** Units and the value of all of them, in minor units as decimal text. */
type StoredUnits = readonly [units: number, value: string];
type StoredLayer = readonly [source: number, units: number, value: string];
type StoredValue = readonly [source: number, value: string];

export type StoredLayerChange = {
  readonly dropped?: number;
  readonly oldest?: StoredUnits;
  /** One of them, or several. */
  readonly revised?: StoredValue | readonly StoredValue[];
  readonly added?: readonly StoredLayer[];
};

export function encodeLayerChange({ dropped, oldest, revised, added }: LayerChange): StoredLayerChange {
  return {
    ...(dropped === 0 ? {} : { dropped }),
    ...(oldest === undefined ? {} : { oldest: [oldest.units, oldest.value.toString()] as const }),
    ...(revised === undefined ? {} : { revised: encodeRevised(revised) }),
    ...(added.length === 0 ? {} : { added: added.map(encodeLayer) }),
  };
}

/** Reads what {@link encodeLayerChange} wrote. */
export function decodeLayerChange({ dropped = 0, oldest, revised, added = [] }: StoredLayerChange): LayerChange {
  return {
    dropped,
    ...(oldest === undefined ? {} : { oldest: { units: oldest[0], value: BigInt(oldest[1]) } }),
    ...(revised === undefined ? {} : { revised: decodeRevised(revised) }),
    added: added.map(decodeLayer),
  };
}

/** A single one stands by itself, as it did when there was never more. */
function encodeRevised(revised: NonNullable<LayerChange['revised']>): StoredValue | readonly StoredValue[] {
  const stored = revised.map(({ source, value }): StoredValue => [source, value.toString()]);
  const [only] = stored;
  return stored.length === 1 && only !== undefined ? only : stored;
}

const decodeRevised = (stored: StoredValue | readonly StoredValue[]): NonNullable<LayerChange['revised']> =>
  (isOne(stored) ? [stored] : stored).map(([source, value]) => ({ source, value: BigInt(value) }));

const isOne = (stored: StoredValue | readonly StoredValue[]): stored is StoredValue => typeof stored[0] === 'number';

const encodeLayer = ({ source, units, value }: Layer): StoredLayer => [source, units, value.toString()];
const decodeLayer = ([source, units, value]: StoredLayer): Layer => ({ source, units, value: BigInt(value) });

/** All layers behind a valuation, or as many of them as one event takes: it only shortens reading. */
export interface LayerSnapshot {
  /** In the valuation stream, of the valuation they are behind. */
  readonly revision: number;
  /** Counts from 0. */
  readonly part: number;
  readonly parts: number;
  readonly layers: readonly Layer[];
}

/** So many layers stay well below what a store takes in one append. */
const LAYERS_IN_PART = 10_000;

export function snapshotsOf(revision: number, layers: Iterable<Layer>, size: number): readonly LayerSnapshot[] {
  const parts = Math.max(1, Math.ceil(size / LAYERS_IN_PART));
  const all = [...layers];
  return Array.from({ length: parts }, (_, part) => ({
    revision,
    part,
    parts,
    layers: all.slice(part * LAYERS_IN_PART, (part + 1) * LAYERS_IN_PART),
  }));
}

export const encodeLayerSnapshot = ({ layers, ...place }: LayerSnapshot): JsonObject => ({
  ...place,
  layers: layers.map(encodeLayer),
});

/** Reads what {@link encodeLayerSnapshot} wrote. */
export function decodeLayerSnapshot(data: JsonObject): LayerSnapshot {
  const { layers, ...place } = data as unknown as Omit<LayerSnapshot, 'layers'> & { layers: readonly StoredLayer[] };
  return { ...place, layers: layers.map(decodeLayer) };
}
