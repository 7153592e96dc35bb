import { List } from 'immutable';
import { decodeValued } from '../domain/valuation/codec.js';
import { applyLayerChange, type Layer } from '../domain/valuation/layers.js';
import { decodeLayerSnapshot, encodeLayerSnapshot, snapshotsOf } from '../domain/valuation/layers-codec.js';
import type { ValuationSummary } from '../domain/valuation/state.js';
import { eventId } from '../domain/values/event-id.js';
import type { EventStore } from '../ports/event-store.js';

export interface LoadedLayers {
  readonly layers: List<Layer>;
  /** Valuations read behind the newest snapshot. */
  readonly eventsRead: number;
}

/** What the layers have to add up to. */
type Stock = Pick<ValuationSummary, 'quantity' | 'value' | 'lastCost'>;

interface Snapshot {
  readonly revision: number;
  readonly layers: List<Layer>;
}

const NO_SNAPSHOT: Snapshot = { revision: -1, layers: List() };

/** Snapshots stand in a stream of their own, so that the valuations are what they are without any. */
const snapshotStream = (valuations: string): string => valuations.replace(/^valuation-/, 'layers-');

/** The layers of stock that is valued first in, first out: a snapshot, and the changes that valuations made since. */
export class ValuationLayers {
  constructor(private readonly store: EventStore) {}

  /** @param stream of the valuations @param revision of the valuation behind which the stock is as said */
  async load(stream: string, revision: number, stock: Stock): Promise<LoadedLayers> {
    const loaded = await this.foldFrom(await this.newestSnapshot(stream, revision), stream, revision);
    if (addUp(loaded.layers, stock)) return loaded;
    // A snapshot is a shortcut and no record.
    const folded = await this.foldFrom(NO_SNAPSHOT, stream, revision);
    if (addUp(folded.layers, stock)) return folded;
    throw new Error(`${stream}: the layers at revision ${revision} do not add up to the stock.`);
  }

  /** Keeps the layers as they are behind the valuation of this revision. */
  async save(stream: string, revision: number, layers: List<Layer>): Promise<void> {
    const snapshots = snapshotStream(stream);
    const parts = snapshotsOf(revision, layers, layers.size);
    for (const snapshot of parts) {
      const id = eventId(snapshots, `layers:${revision}:${snapshot.part}`);
      const event = { id, type: 'LayerSnapshot', data: encodeLayerSnapshot(snapshot), metadata: { schemaVersion: 1 } };
      await this.store.append(snapshots, 'any', [event]);
    }
    // Another valuer may be writing one too.
    await this.store.keepNewest(snapshots, 2 * parts.length);
  }

  private async foldFrom(snapshot: Snapshot, stream: string, revision: number): Promise<LoadedLayers> {
    let { layers } = snapshot;
    const maxCount = revision - snapshot.revision;
    if (maxCount === 0) return { layers, eventsRead: 0 };
    for await (const { data } of this.store.readStream(stream, { from: snapshot.revision + 1, maxCount })) {
      const { layerChange } = decodeValued(data);
      if (layerChange !== undefined) layers = applyLayerChange(layers, layerChange);
    }
    return { layers, eventsRead: maxCount };
  }

  /** The newest one of which all parts are there. */
  private async newestSnapshot(stream: string, upTo: number): Promise<Snapshot> {
    const found = new Map<number, (readonly Layer[])[]>();
    for await (const { data } of this.store.readStream(snapshotStream(stream), { direction: 'backwards' })) {
      const { revision, part, parts, layers } = decodeLayerSnapshot(data);
      if (revision > upTo) continue;
      const known = found.get(revision) ?? [];
      known[part] = layers;
      found.set(revision, known);
      if (Object.keys(known).length === parts) return { revision, layers: List(known.flat()) };
    }
    return NO_SNAPSHOT;
  }
}

function addUp(layers: List<Layer>, { quantity, value: worth, lastCost }: Stock): boolean {
  let units = 0;
  let value = 0n;
  for (const layer of layers) {
    units += layer.units;
    value += layer.value;
  }
  // What nobody knows a cost of lies in no layer yet.
  return quantity <= 0 || lastCost === null ? units === 0 : units === quantity && value === worth;
}
