import type { Sku } from '../../../domain/values/identifiers.js';
import type {
  AvailabilityWriter,
  ReadModelProgress,
  ReservationUnderReference,
  SkuAvailability,
} from '../../../ports/availability-store.js';
import { ReadModelLost } from '../../../ports/availability-store.js';
import { START } from '../../../ports/event-store.js';
import { decodeDocument, encodeDocument, encodePosition } from '../document.js';
import type { RedisConnection } from './connection.js';
import type { ModelKeys } from './keys.js';
import { decodeMeta, encodeInstant } from './meta.js';

export const WRITE_TIMEOUT_MS = 10_000;
/** One script writes so much at most: Redis does nothing else meanwhile. */
const CHUNK = { documents: 500, characters: 1_000_000 };

/**
 * Loads and saves one generation. A Redis that comes back with an older state, from a snapshot or as a replica that had
 * lagged, has lost saves: the count of them tells.
 */
export class ModelWriter implements AvailabilityWriter {
  /**
   * @param metaKey where the state of the generation is for as long as it may be written to
   * @param channel on which readers are told of its saves; '' for none
   * @param knownSaves how many saves there have been
   */
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: ModelKeys,
    private readonly metaKey: string,
    private readonly generation: string,
    private readonly channel: string,
    private knownSaves: number,
  ) {}

  async load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    if (skus.length === 0) return [];
    const keys = [this.metaKey, ...skus.map((sku) => this.keys.document(this.generation, sku))];
    const [meta, ...texts] = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.mGet(keys));
    // The documents of a generation that has gone may have gone too.
    if (typeof meta !== 'string' || decodeMeta(meta).generation !== this.generation) throw this.lost();
    return decodeDocuments(skus, texts);
  }

  async save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations: readonly ReservationUnderReference[] = [],
  ): Promise<void> {
    const chunks = inChunks(documents.map((document) => ({ sku: document.sku, text: encodeDocument(document) })));
    for (const [index, chunk] of chunks.entries()) {
      if (index < chunks.length - 1) await this.write(chunk, { position: START, asOf: 0 }, []);
      else await this.write(chunk, progress, reservations);
    }
  }

  private async write(
    documents: readonly { readonly sku: Sku; readonly text: string }[],
    { position, asOf }: ReadModelProgress,
    reservations: readonly ReservationUnderReference[],
  ): Promise<void> {
    const start = this.keys.documents(this.generation);
    const keys = [this.metaKey];
    const args = [this.generation, encodePosition(position), encodeInstant(asOf)];
    args.push(String(documents.length), this.channel, String(start.length), String(this.knownSaves));
    for (const { sku, text } of documents) {
      keys.push(start + sku);
      args.push(text);
    }
    for (const { reference, id, forgetAfter } of reservations) {
      keys.push(this.keys.reference(this.generation, reference));
      args.push(id, String(forgetAfter));
    }
    const saved = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.saveModel(keys, args));
    if (saved === 0) throw this.lost();
    this.knownSaves = Math.max(this.knownSaves, saved - 1);
  }

  private lost(): ReadModelLost {
    return new ReadModelLost(`Generation ${this.generation} is no longer at ${this.metaKey} in Redis, or lost saves.`);
  }
}

export const decodeDocuments = (skus: readonly Sku[], texts: readonly (string | null)[]) =>
  skus.map((sku, index) => {
    const text = texts[index];
    return text === null || text === undefined ? undefined : decodeDocument(sku, text);
  });

/** At least one chunk, so that progress alone is written too. */
function inChunks<Item extends { readonly text: string }>(items: readonly Item[]): Item[][] {
  let last: Item[] = [];
  let characters = 0;
  const chunks = [last];
  for (const item of items) {
    if (last.length > 0 && (last.length === CHUNK.documents || characters + item.text.length > CHUNK.characters)) {
      last = [];
      characters = 0;
      chunks.push(last);
    }
    last.push(item);
    characters += item.text.length;
  }
  return chunks;
}
