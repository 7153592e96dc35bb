import { randomInt } from 'node:crypto';
import { ReadModelLost } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';
import type { RedisConnection } from './connection.js';
import { generationOf, type ModelKeys, nameOf } from './keys.js';
import { decodeMeta, encodeMeta, type Meta } from './meta.js';
import { WRITE_TIMEOUT_MS } from './model-writer.js';

/** Names of one or two characters. */
const MAX_NAMES = 36 ** 2;

/** Begins generations, finds them, and removes those that nobody reads any more. */
export class Generations {
  private sweeping = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: ModelKeys,
  ) {}

  /** The generation that answers; a new one when there is none, to be built up to the head. */
  async findOrBegin(identity: string, head: Position): Promise<Meta> {
    const found = (await this.metas()).live ?? (await this.begin(identity, head));
    if (await this.request((client) => client.exists(this.keys.unswept))) void this.sweep();
    return found;
  }

  async metas(): Promise<{ readonly live: Meta | undefined; readonly next: Meta | undefined }> {
    const [live, next] = await this.request((client) => client.mGet([this.keys.live, this.keys.next]));
    return { live: metaOf(live), next: metaOf(next) };
  }

  /** The state that a new generation has. */
  async fresh(identity: string, target: Position): Promise<Meta> {
    const count = await this.request((client) => client.incr(this.keys.generations));
    const random = randomInt(36 ** 7, 36 ** 8).toString(36);
    const generation = generationOf((count % MAX_NAMES).toString(36), random);
    return { identity, generation, position: START, asOf: 0, target, saves: 0 };
  }

  /** Removes, behind everybody's back, what belongs to generations that neither answer nor are being built. */
  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      while (!(await this.swept()));
      await this.request((client) => client.del(this.keys.unswept));
    } catch {
      // It is done when somebody opens the model next.
    } finally {
      this.sweeping = false;
    }
  }

  private async begin(identity: string, head: Position): Promise<Meta> {
    const fresh = await this.fresh(identity, head);
    // Whatever is there belongs to a model that was lost.
    await this.request((client) => client.set(this.keys.unswept, '1'));
    await this.request((client) => client.set(this.keys.live, encodeMeta(fresh), { condition: 'NX' }));
    const { live } = await this.metas();
    if (live === undefined) throw new ReadModelLost('The read model has gone from Redis while it was opened.');
    return live;
  }

  /** False when generations came or went meanwhile: what was to be kept has changed. */
  private async swept(): Promise<boolean> {
    const { live, next } = await this.metas();
    const kept = [live?.generation ?? '', next?.generation ?? ''];
    const keptNames = kept.map((generation) => nameOf(generation));
    let cursor = '0';
    do {
      const from = cursor;
      const page = await this.request((client) => client.scan(from, { MATCH: this.keys.pattern(), COUNT: 1_000 }));
      const leftover = page.keys.filter((key) => {
        const name = this.keys.nameIn(key);
        return name !== undefined && !keptNames.includes(name);
      });
      if (leftover.length > 0) {
        const keys = [this.keys.live, this.keys.next, ...leftover];
        if ((await this.request((client) => client.sweep(keys, kept))) === 0) return false;
      }
      cursor = page.cursor;
    } while (cursor !== '0');
    return true;
  }

  private request<T>(send: Parameters<typeof this.connection.request<T>>[1]): Promise<T> {
    return this.connection.request(WRITE_TIMEOUT_MS, send);
  }
}

const metaOf = (text: string | null | undefined): Meta | undefined =>
  text === null || text === undefined ? undefined : decodeMeta(text);
