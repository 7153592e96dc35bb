import { randomInt } from 'node:crypto';
import type { Sku } from '../../../domain/values/identifiers.js';
import type { AvailabilityAnswer, ReadModelProgress, SkuAvailability } from '../../../ports/availability-store.js';
import {
  AvailabilityStore,
  ReadModelLost,
  ReadModelMismatch,
  ReadModelUnavailable,
} from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';
import { DOCUMENT_VERSION, decodeDocument, encodeDocument, encodePosition } from '../document.js';
import { RedisConnection } from './connection.js';
import type { Meta } from './meta.js';
import { decodeMeta, encodeInstant, encodeMeta } from './meta.js';

const READ_TIMEOUT_MS = 250;
const WRITE_TIMEOUT_MS = 10_000;
/** One script writes so much at most: Redis does nothing else meanwhile. */
const CHUNK = { documents: 500, characters: 1_000_000 };

/**
 * The read model in Redis: one packed document per SKU and one meta key, all in one hash slot. Several instances may
 * write at once, the scripts keep what is newer.
 */
export class RedisAvailabilityStore extends AvailabilityStore {
  readonly source = 'redis';
  private readonly connection: RedisConnection;
  private readonly tag: string;
  /** What this instance writes to; undefined before {@link open}. */
  private opened: { readonly identity: string; readonly generation: string; readonly head: Position } | undefined;
  /** Where reads expect the documents; another instance may have begun a new generation. */
  private readable: string | undefined;

  /** @param prefix parts the read models that share a Redis */
  constructor(url: string, prefix: string) {
    super();
    this.connection = new RedisConnection(url);
    this.tag = `{stockfold:${prefix}}:${DOCUMENT_VERSION}`;
  }

  async open(identity: string, head: Position): Promise<Position> {
    await this.connection.settled();
    await this.refuseEviction();
    const meta = await this.findOrBegin(identity, head);
    if (meta.identity !== identity) throw new ReadModelMismatch(this.belongsTo(meta.identity, identity));
    this.opened = { identity, generation: meta.generation, head };
    return meta.position;
  }

  async load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    if (skus.length === 0) return [];
    const keys = this.documentKeys(this.mine().generation, skus);
    const texts = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.mGet(keys));
    return decodeDocuments(skus, texts);
  }

  async save(documents: readonly SkuAvailability[], progress: ReadModelProgress): Promise<void> {
    const { generation } = this.mine();
    const chunks = inChunks(documents.map((document) => ({ sku: document.sku, text: encodeDocument(document) })));
    for (const [index, chunk] of chunks.entries()) {
      const { position, asOf } = index === chunks.length - 1 ? progress : { position: START, asOf: 0 };
      const keys = [this.metaKey, ...chunk.map(({ sku }) => this.documentKey(generation, sku))];
      const args = [generation, encodePosition(position), encodeInstant(asOf), ...chunk.map(({ text }) => text)];
      const there = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.saveModel(keys, args));
      if (!there) throw new ReadModelLost(`The read model ${this.tag} has gone from Redis.`);
    }
  }

  async discard(): Promise<void> {
    const { generation } = this.mine();
    await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.discardModel([this.metaKey], [generation]));
  }

  async read(skus: readonly Sku[]): Promise<AvailabilityAnswer> {
    const expected = this.readable ?? (await this.built()).generation;
    const keys = [this.metaKey, ...this.documentKeys(expected, skus)];
    const [metaText, ...texts] = await this.connection.request(READ_TIMEOUT_MS, (client) => client.mGet(keys));
    const { generation, position, asOf } = this.usable(metaText);
    this.readable = generation;
    if (generation !== expected) return this.read(skus);
    return { items: decodeDocuments(skus, texts), position, asOf };
  }

  async progress(): Promise<ReadModelProgress> {
    const { position, asOf } = await this.built();
    return { position, asOf };
  }

  async close(): Promise<void> {
    this.connection.close();
  }

  private get metaKey(): string {
    return `${this.tag}:meta`;
  }

  private documentKey(generation: string, sku: Sku): string {
    return `${this.tag}:${generation}:${sku}`;
  }

  private documentKeys(generation: string, skus: readonly Sku[]): string[] {
    return skus.map((sku) => this.documentKey(generation, sku));
  }

  private mine() {
    if (this.opened === undefined) throw new Error('The read model is written to before it was opened.');
    return this.opened;
  }

  private async built(): Promise<Meta> {
    return this.usable(await this.connection.request(READ_TIMEOUT_MS, (client) => client.get(this.metaKey)));
  }

  /** The meta of a model that answers truthfully: ours, and built. */
  private usable(text: string | null | undefined): Meta {
    if (text === null || text === undefined) throw new ReadModelUnavailable('Redis holds no read model yet.');
    const meta = decodeMeta(text);
    const { identity, head } = this.opened ?? { identity: meta.identity, head: START };
    if (meta.identity !== identity) throw new ReadModelUnavailable(this.belongsTo(meta.identity, identity));
    const target = meta.target > head ? meta.target : head;
    if (meta.position < target) {
      throw new ReadModelUnavailable(`The read model is being built: at position ${meta.position} of ${target}.`);
    }
    return meta;
  }

  private belongsTo(found: string, expected: string): string {
    return (
      `The read model ${this.tag} in Redis was built from event store ${found}, this one is ${expected}. ` +
      `Use another Redis or prefix, or remove the key ${this.metaKey} to have it built anew.`
    );
  }

  /** Redis must refuse writes when it is full: dropped documents would read as unknown SKUs. */
  private async refuseEviction(): Promise<void> {
    // INFO, since CONFIG is often forbidden.
    const info = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.info('memory'));
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'unknown';
    if (policy === 'noeviction') return;
    throw new Error(
      `Redis has maxmemory-policy ${policy}: it would drop availability silently when it is full. ` +
        'Set maxmemory-policy to noeviction, or use another Redis.',
    );
  }

  private async findOrBegin(identity: string, head: Position): Promise<Meta> {
    const generation = randomInt(36 ** 3, 36 ** 4).toString(36);
    const fresh = encodeMeta({ identity, generation, position: START, asOf: 0, target: head });
    const began = await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.set(this.metaKey, fresh, { condition: 'NX' }),
    );
    if (began !== null) await this.removeOlder(generation);
    const text = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.get(this.metaKey));
    if (text === null) throw new ReadModelLost(`The read model ${this.tag} has gone from Redis while it was opened.`);
    return decodeMeta(text);
  }

  /** Documents of generations whose meta has gone. */
  private async removeOlder(generation: string): Promise<void> {
    const pattern = `${this.tag}:????:*`;
    let cursor = '0';
    do {
      const from = cursor;
      const page = await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
        client.scan(from, { MATCH: pattern, COUNT: 1_000 }),
      );
      const older = page.keys.filter((key) => !key.startsWith(`${this.tag}:${generation}:`));
      if (older.length > 0) {
        const keys = [this.metaKey, ...older];
        await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.removeKeys(keys, [generation]));
      }
      cursor = page.cursor;
    } while (cursor !== '0');
  }
}

const decodeDocuments = (skus: readonly Sku[], texts: readonly (string | null)[]) =>
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
