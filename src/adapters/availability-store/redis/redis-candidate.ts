import type { Sku } from '../../../domain/values/identifiers.js';
import type { Instant } from '../../../domain/values/instant.js';
import type {
  AvailabilityCandidate,
  Comparison,
  ReadModelProgress,
  ReservationUnderReference,
  SkuAvailability,
} from '../../../ports/availability-store.js';
import { CLAIM_MS, ReadModelLost } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { Comparing } from '../comparing.js';
import type { RedisConnection } from './connection.js';
import type { Generations } from './generations.js';
import type { ModelKeys } from './keys.js';
import { decodeMeta, type Meta } from './meta.js';
import { ModelWriter, WRITE_TIMEOUT_MS } from './model-writer.js';
import { encodeRebuild, type Rebuild } from './rebuild-record.js';

/** SKUs that are looked at in one call. */
const PAGE = 500;

/** A generation in Redis that is being built. Any instance may go on with it. */
export class RedisCandidate implements AvailabilityCandidate {
  private readonly writer: ModelWriter;
  private comparing: Comparing | undefined;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: ModelKeys,
    private readonly generations: Generations,
    private readonly meta: Meta,
    private readonly rebuild: Rebuild,
    /** Names this instance among those that may build. */
    private readonly instance: string,
  ) {
    this.writer = new ModelWriter(connection, keys, keys.next, meta.generation, '', meta.saves);
  }

  get generation(): string {
    return this.meta.generation;
  }

  get position(): Position {
    return this.meta.position;
  }

  load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    return this.writer.load(skus);
  }

  save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations?: readonly ReservationUnderReference[],
  ): Promise<void> {
    return this.writer.save(documents, progress, reservations);
  }

  async claim(): Promise<boolean> {
    const claimed = await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.claimBuilder([this.keys.builder], [this.instance, String(CLAIM_MS)]),
    );
    return claimed === 1;
  }

  async release(): Promise<void> {
    await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.releaseBuilder([this.keys.builder], [this.instance]),
    );
  }

  async compare(): Promise<Comparison> {
    if (this.comparing !== undefined) {
      const { comparing } = this;
      await inPages(comparing.undecided, (skus) => this.look(comparing, skus));
    } else this.comparing = await this.compareAll();
    return this.comparing.result();
  }

  async promote(comparison: Comparison, finishedAt: Instant): Promise<boolean> {
    const { live, next, rebuild, builder, unswept, saves } = this.keys;
    const record = encodeRebuild({ ...this.rebuild, finishedAt, comparison });
    const promoted = await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.promote([next, live, rebuild, builder, unswept], [this.generation, saves, record]),
    );
    if (promoted === 0) throw new ReadModelLost(`Generation ${this.generation} is no longer built.`);
    if (promoted === 1) void this.generations.sweep();
    return promoted === 1;
  }

  async abandon(): Promise<void> {
    const { next, rebuild, builder, unswept } = this.keys;
    await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.set(unswept, '1'));
    await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.forget([next, rebuild, builder], [this.generation]),
    );
    void this.generations.sweep();
  }

  private async compareAll(): Promise<Comparing> {
    const comparing = new Comparing();
    const { live } = await this.generations.metas();
    const looked = new Set<Sku>();
    for (const generation of [this.generation, ...(live === undefined ? [] : [live.generation])]) {
      const start = this.keys.documents(generation);
      let cursor = '0';
      do {
        const from = cursor;
        const page = await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
          client.scan(from, { MATCH: this.keys.pattern(generation), COUNT: 1_000 }),
        );
        // A scan may give a key twice.
        const skus = page.keys.map((key) => key.slice(start.length) as Sku).filter((sku) => !looked.has(sku));
        for (const sku of skus) looked.add(sku);
        await inPages(skus, (some) => this.look(comparing, some));
        cursor = page.cursor;
      } while (cursor !== '0');
    }
    return comparing;
  }

  /** Both generations are read in one call, so that they are seen at the same instant. */
  private async look(comparing: Comparing, skus: readonly Sku[]): Promise<void> {
    const { live } = await this.generations.metas();
    const oldGeneration = live?.generation ?? this.generation;
    const keys = [this.keys.live, this.keys.next];
    for (const sku of skus) keys.push(this.keys.document(oldGeneration, sku), this.keys.document(this.generation, sku));
    const [liveText, nextText, ...texts] = await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.mGet(keys),
    );
    if (typeof nextText !== 'string') throw new ReadModelLost(`Generation ${this.generation} is no longer built.`);
    if (typeof liveText !== 'string') throw new ReadModelLost('The read model has gone while it was compared.');
    const [older, newer] = [decodeMeta(liveText), decodeMeta(nextText)];
    if (older.generation !== oldGeneration) throw new ReadModelLost('The read model was begun anew meanwhile.');
    for (const [index, sku] of skus.entries()) {
      const [oldText, newText] = [texts[2 * index] ?? undefined, texts[2 * index + 1] ?? undefined];
      comparing.look(sku, { position: older.position, text: oldText }, { position: newer.position, text: newText });
    }
  }
}

async function inPages(skus: readonly Sku[], look: (some: readonly Sku[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < skus.length; start += PAGE) await look(skus.slice(start, start + PAGE));
}
