import { randomUUID } from 'node:crypto';
import type { Sku } from '../../../domain/values/identifiers.js';
import type { Instant } from '../../../domain/values/instant.js';
import type {
  AvailabilityAnswer,
  AvailabilityCandidate,
  ReadModelProgress,
  ReadModelStatus,
  ReservationUnderReference,
  SkuAvailability,
} from '../../../ports/availability-store.js';
import { AvailabilityStore, ReadModelMismatch, ReadModelUnavailable } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';
import { RedisConnection } from './connection.js';
import { Generations } from './generations.js';
import { ModelKeys } from './keys.js';
import { encodeMeta } from './meta.js';
import { belongsTo, type Expected, ModelReader, type ReaderOptions } from './model-reader.js';
import { ModelWriter, WRITE_TIMEOUT_MS } from './model-writer.js';
import { decodeRebuild, encodeRebuild, type Rebuild } from './rebuild-record.js';
import { RedisCandidate } from './redis-candidate.js';

/** The cells take some 60 MB at the very most. The projection tells of itself about once a second. */
const READER: ReaderOptions = { maxCells: 200_000, patienceMs: 2_500, readTimeoutMs: 250 };

/**
 * The read model in Redis: one packed document per SKU and one key for its state, all in one hash slot. Several
 * instances may write at once, the scripts keep what is newer.
 */
export class RedisAvailabilityStore extends AvailabilityStore {
  readonly source = 'redis';
  private readonly connection: RedisConnection;
  private readonly keys: ModelKeys;
  private readonly generations: Generations;
  private readonly reader: ModelReader;
  private readonly instance = randomUUID();
  /** What this instance writes to; undefined before {@link open}. */
  private opened: (Expected & { readonly generation: string; readonly writer: ModelWriter }) | undefined;

  /** @param prefix parts the read models that share a Redis */
  constructor(url: string, prefix: string, reader: Partial<ReaderOptions> = {}) {
    super();
    this.connection = new RedisConnection(url);
    this.keys = new ModelKeys(prefix);
    this.generations = new Generations(this.connection, this.keys);
    this.reader = new ModelReader(this.connection, this.keys, () => this.opened, url, { ...READER, ...reader });
  }

  async open(identity: string, head: Position): Promise<Position> {
    await this.connection.settled();
    await this.refuseEviction();
    const meta = await this.generations.findOrBegin(identity, head);
    if (meta.identity !== identity) throw new ReadModelMismatch(belongsTo(this.keys, meta.identity, identity));
    const { generation, saves } = meta;
    const writer = new ModelWriter(this.connection, this.keys, this.keys.live, generation, this.keys.saves, saves);
    this.opened = { identity, generation, head, writer };
    return meta.position;
  }

  async load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    return this.mine().writer.load(skus);
  }

  async save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations?: readonly ReservationUnderReference[],
  ): Promise<void> {
    await this.mine().writer.save(documents, progress, reservations);
  }

  async discard(): Promise<void> {
    const { generation } = this.mine();
    await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.forget([this.keys.live], [generation]));
  }

  override atHand(skus: readonly Sku[], minPosition: Position = START): AvailabilityAnswer | undefined {
    return this.reader.atHand(skus, minPosition);
  }

  async read(skus: readonly Sku[], minPosition: Position = START): Promise<AvailabilityAnswer> {
    return this.reader.read(skus, minPosition);
  }

  async progress(): Promise<ReadModelProgress> {
    const { position, asOf } = await this.reader.built();
    return { position, asOf };
  }

  async reservationsUnder(reference: string): Promise<readonly string[]> {
    return this.reader.underReference(reference);
  }

  async beginRebuild(startedAt: Instant): Promise<void> {
    const { live, next } = await this.generations.metas();
    if (live === undefined) throw new ReadModelUnavailable('Redis holds no read model yet.');
    if (next !== undefined) return;
    const fresh = await this.generations.fresh(live.identity, START);
    const record = encodeRebuild({ generation: fresh.generation, startedAt });
    await this.connection.request(WRITE_TIMEOUT_MS, (client) =>
      client.beginRebuild([this.keys.next, this.keys.rebuild], [encodeMeta(fresh), record]),
    );
  }

  async candidate(): Promise<AvailabilityCandidate | undefined> {
    const { next } = await this.generations.metas();
    // Another store's events must not get into it.
    if (next === undefined || next.identity !== this.opened?.identity) return undefined;
    const { generation } = next;
    const rebuild = (await this.rebuild()) ?? { generation, startedAt: next.asOf };
    return new RedisCandidate(this.connection, this.keys, this.generations, next, rebuild, this.instance);
  }

  async status(): Promise<ReadModelStatus> {
    const { live, next } = await this.generations.metas();
    if (live === undefined) throw new ReadModelUnavailable('Redis holds no read model yet.');
    const rebuild = await this.rebuild();
    if (rebuild === undefined) return { generation: live.generation };
    const position = next?.position ?? live.position;
    return { generation: live.generation, rebuild: { ...rebuild, position, target: live.position } };
  }

  async close(): Promise<void> {
    this.reader.close();
    this.connection.close();
  }

  private mine() {
    if (this.opened === undefined) throw new Error('The read model is written to before it was opened.');
    return this.opened;
  }

  private async rebuild(): Promise<Rebuild | undefined> {
    const text = await this.connection.request(WRITE_TIMEOUT_MS, (client) => client.get(this.keys.rebuild));
    return text === null ? undefined : decodeRebuild(text);
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
}
