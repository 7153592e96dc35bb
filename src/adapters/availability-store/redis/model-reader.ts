import type { Sku } from '../../../domain/values/identifiers.js';
import type { AvailabilityAnswer, SkuAvailability } from '../../../ports/availability-store.js';
import { ReadModelUnavailable } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';
import type { RedisConnection } from './connection.js';
import type { ModelKeys } from './keys.js';
import { decodeMeta, type Meta } from './meta.js';
import { decodeDocuments } from './model-writer.js';
import { NearCache } from './near-cache.js';
import { decodeSave } from './save-message.js';
import { SaveSubscription } from './save-subscription.js';
import { SharedRead } from './shared-read.js';

const leftMs = (deadlineMs: number): number => Math.max(1, deadlineMs - performance.now());

/** How much of the model a process that reads it keeps at hand. */
export interface NearCacheOptions {
  /** 0 for none. */
  readonly maxCells: number;
  readonly patienceMs: number;
}

export interface ReaderOptions extends NearCacheOptions {
  /** An answer comes within this time, or ReadModelUnavailable. */
  readonly readTimeoutMs: number;
}

/** What an instance knows of the model that it must not contradict. */
export interface Expected {
  readonly identity: string;
  readonly head: Position;
}

/** Documents as they were at one instant. */
interface Reply {
  readonly meta: Meta;
  readonly documents: ReadonlyMap<Sku, SkuAvailability | undefined>;
}

/** Answers from the documents at hand, and asks Redis for what is missing. */
export class ModelReader {
  private readonly near: NearCache;
  private readonly subscription: SaveSubscription | undefined;
  private isToldOfSaves = false;
  /** Where reads expect the documents; another instance may have begun a new generation. */
  private readable: string | undefined;
  private readonly shared = new SharedRead<Reply>((skus) => this.ask(skus, this.deadline()));
  private readonly readTimeoutMs: number;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: ModelKeys,
    private readonly expected: () => Expected | undefined,
    url: string,
    { maxCells, patienceMs, readTimeoutMs }: ReaderOptions,
  ) {
    this.readTimeoutMs = readTimeoutMs;
    this.near = new NearCache(maxCells, patienceMs);
    if (maxCells > 0) this.subscription = new SaveSubscription(url, keys.saves, this);
  }

  atHand(skus: readonly Sku[], minPosition: Position): AvailabilityAnswer | undefined {
    this.subscription?.start();
    return this.near.answer(skus, minPosition, performance.now());
  }

  async read(skus: readonly Sku[], minPosition: Position): Promise<AvailabilityAnswer> {
    const atHand = this.atHand(skus, minPosition);
    if (atHand !== undefined) return atHand;
    const deadlineMs = this.deadline();
    const missing = this.near.missing(skus, minPosition);
    const reply = await this.shared.read(missing);
    if (missing.length === skus.length) return answerOf(reply, skus);
    // What was missing has joined the rest, unless saves came in between.
    return this.near.answer(skus, minPosition, performance.now()) ?? answerOf(await this.ask(skus, deadlineMs), skus);
  }

  /** The state of a model that answers truthfully. */
  async built(deadlineMs = this.deadline()): Promise<Meta> {
    return this.usable(await this.connection.request(leftMs(deadlineMs), (client) => client.get(this.keys.live)));
  }

  async underReference(reference: string, deadlineMs = this.deadline()): Promise<readonly string[]> {
    const expected = this.readable ?? (await this.built(deadlineMs)).generation;
    const keys = [this.keys.live, this.keys.reference(expected, reference)];
    const [metaText, ids] = await this.connection.request(leftMs(deadlineMs), (client) => client.mGet(keys));
    const { generation } = this.usable(metaText);
    this.readable = generation;
    if (generation !== expected) return this.underReference(reference, deadlineMs);
    return typeof ids === 'string' ? ids.split(' ').reverse() : [];
  }

  close(): void {
    this.subscription?.close();
  }

  up(): void {
    this.isToldOfSaves = true;
  }

  down(): void {
    this.isToldOfSaves = false;
    this.near.clear();
  }

  message(text: string): void {
    const save = decodeSave(text);
    if (save !== undefined) this.near.told(save, performance.now());
  }

  private async ask(skus: readonly Sku[], deadlineMs: number): Promise<Reply> {
    const expected = this.readable ?? (await this.built(deadlineMs)).generation;
    const keys = [this.keys.live, ...skus.map((sku) => this.keys.document(expected, sku))];
    const flight = this.near.begin(skus);
    try {
      const [metaText, ...texts] = await this.connection.request(leftMs(deadlineMs), (client) => client.mGet(keys));
      const meta = this.usable(metaText);
      this.readable = meta.generation;
      if (this.isToldOfSaves) this.near.follow(meta.generation);
      if (meta.generation !== expected) return await this.ask(skus, deadlineMs);
      const documents = new Map(decodeDocuments(skus, texts).map((document, index) => [skus[index] as Sku, document]));
      if (flight !== undefined) this.near.land(flight, meta.generation, documents);
      return { meta, documents };
    } finally {
      if (flight !== undefined) this.near.lose(flight);
    }
  }

  private deadline(): number {
    return performance.now() + this.readTimeoutMs;
  }

  /** Refuses a model of another store, and one that has yet to be built. */
  private usable(text: string | null | undefined): Meta {
    if (text === null || text === undefined) throw new ReadModelUnavailable('Redis holds no read model yet.');
    const meta = decodeMeta(text);
    const { identity, head } = this.expected() ?? { identity: meta.identity, head: START };
    if (meta.identity !== identity) throw new ReadModelUnavailable(belongsTo(this.keys, meta.identity, identity));
    const target = meta.target > head ? meta.target : head;
    if (meta.position < target) {
      throw new ReadModelUnavailable(`The read model is being built: at position ${meta.position} of ${target}.`);
    }
    return meta;
  }
}

export const belongsTo = ({ live }: ModelKeys, found: string, expected: string): string =>
  `The read model in Redis was built from event store ${found}, this one is ${expected}. ` +
  `Use another Redis or prefix, or remove the key ${live} to have it built anew.`;

const answerOf = ({ meta, documents }: Reply, skus: readonly Sku[]): AvailabilityAnswer => ({
  items: skus.map((sku) => documents.get(sku)),
  position: meta.position,
  asOf: meta.asOf,
});
