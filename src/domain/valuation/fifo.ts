import type { List } from 'immutable';
import { share } from '../values/money.js';
import type { CostRate } from '../values/unit-cost.js';
import type { Costing, RevisedReceipt } from './costing.js';
import { indexOfSource, type Layer, type LayerChange } from './layers.js';
import type { Holding } from './state.js';

/** First in, first out: what leaves is the oldest; what comes in, returns too, lies behind the newest. */
export class Fifo implements Costing {
  private dropped = 0;
  private oldest: LayerChange['oldest'];
  private readonly revised: { source: number; value: bigint }[] = [];
  private readonly added: Layer[] = [];

  /** @param layers oldest first, as they are before the movement */
  constructor(private readonly layers: List<Layer>) {}

  costOfStock(_: Holding, units: number): bigint {
    return this.walk(units).cost;
  }

  presentCost(_: Holding, known: CostRate): CostRate {
    return known;
  }

  /** A movement takes once, and before it adds anything. */
  take(units: number): void {
    const { dropped, oldest } = this.walk(units);
    this.dropped = dropped;
    this.oldest = oldest;
  }

  add(layer: Layer): void {
    this.added.push(layer);
  }

  revise(_: Holding, parts: readonly RevisedReceipt[]): bigint {
    return parts.reduce((sum, part) => sum + this.reviseOne(part), 0n);
  }

  private reviseOne({ revision, units, amount }: RevisedReceipt): bigint {
    const index = indexOfSource(this.layers, revision);
    const layer = index < 0 ? undefined : this.layers.get(index);
    if (layer === undefined) return 0n;
    const part = share(amount, layer.units, units);
    const taken = part < -layer.value ? -layer.value : part;
    this.revised.push({ source: layer.source, value: layer.value + taken });
    return taken;
  }

  get layerChange(): LayerChange | undefined {
    const { added, revised } = this;
    if (this.dropped === 0 && this.oldest === undefined && revised.length === 0 && added.length === 0) {
      return undefined;
    }
    return {
      dropped: this.dropped,
      ...(this.oldest === undefined ? {} : { oldest: this.oldest }),
      ...(revised.length === 0 ? {} : { revised }),
      added,
    };
  }

  /** The oldest layers that so many units fill, the last unit of each taking what rounding left. */
  private walk(units: number): { cost: bigint; dropped: number; oldest: LayerChange['oldest'] } {
    let cost = 0n;
    let left = units;
    for (let index = 0; left > 0; index += 1) {
      const layer = this.layers.get(index);
      if (layer === undefined) throw new Error(`${units} units are more than the layers hold.`);
      if (layer.units > left) {
        const part = share(layer.value, left, layer.units);
        const oldest = { units: layer.units - left, value: layer.value - part };
        return { cost: cost + part, dropped: index, oldest };
      }
      cost += layer.value;
      left -= layer.units;
      if (left === 0) return { cost, dropped: index + 1, oldest: undefined };
    }
    return { cost, dropped: 0, oldest: undefined };
  }
}
