import type { List } from 'immutable';

/** Units that came in together and are still there, at what they cost. */
export interface Layer {
  /** Revision in the stock stream of the movement that brought them; never below that of an older layer. */
  readonly source: number;
  /** Above 0. */
  readonly units: number;
  /** In minor units. */
  readonly value: bigint;
}

/** Source of the layer of what came before any cost was known. */
export const BEFORE_ANY_COST = -1;

/** What one movement does to the layers, in this order. Its size does not depend on how many layers there are. */
export interface LayerChange {
  /** So many of the oldest are used up. */
  readonly dropped: number;
  /** What is left of the layer that is the oldest then, when some of it is used up too. */
  readonly oldest?: { readonly units: number; readonly value: bigint };
  /** The layers from these sources are worth so much now. */
  readonly revised?: readonly { readonly source: number; readonly value: bigint }[];
  /** Behind the newest. */
  readonly added: readonly Layer[];
}

export function applyLayerChange(layers: List<Layer>, { dropped, oldest, revised, added }: LayerChange): List<Layer> {
  let changed = dropped === 0 ? layers : layers.slice(dropped);
  if (oldest !== undefined) changed = changed.update(0, NO_LAYER, ({ source }) => ({ source, ...oldest }));
  for (const one of revised ?? []) {
    changed = changed.update(indexOfSource(changed, one.source), NO_LAYER, ({ units }) => ({ units, ...one }));
  }
  return added.length === 0 ? changed : changed.push(...added);
}

/** Stands for a layer that a change is never about. */
const NO_LAYER: Layer = { source: BEFORE_ANY_COST, units: 0, value: 0n };

/** Where the layer from this source lies; -1 when there is none. */
export function indexOfSource(layers: List<Layer>, source: number): number {
  let low = 0;
  let high = layers.size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((layers.get(middle)?.source ?? source) < source) low = middle + 1;
    else high = middle;
  }
  return layers.get(low)?.source === source && low < layers.size ? low : -1;
}
