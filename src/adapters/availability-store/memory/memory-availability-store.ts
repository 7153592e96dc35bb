import type { Sku } from '../../../domain/values/identifiers.js';
import type { Instant } from '../../../domain/values/instant.js';
import type {
  AvailabilityAnswer,
  AvailabilityCandidate,
  Comparison,
  ReadModelProgress,
  ReadModelStatus,
  RebuildStatus,
  ReservationUnderReference,
  SkuAvailability,
} from '../../../ports/availability-store.js';
import {
  AvailabilityStore,
  ReadModelLost,
  ReadModelMismatch,
  ReadModelUnavailable,
} from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';
import type { AvailabilityCheckpointFile } from './checkpoint-file.js';
import { Checkpoints } from './checkpoints.js';
import { Generation } from './generation.js';
import { MemoryCandidate } from './memory-candidate.js';

const CHECKPOINT_EVERY_MS = 30_000;

/** The read model of a single process, kept over restarts by a checkpoint file. */
export class MemoryAvailabilityStore extends AvailabilityStore {
  readonly source = 'memory';
  private live = new Generation('1');
  /** Counts generations. */
  private named = 1;
  /** The generation that the projection opened; undefined when it has to open it again. */
  private opened: Generation | undefined;
  private rebuilt: Generation | undefined;
  private rebuild: Omit<RebuildStatus, 'position' | 'target'> | undefined;
  /** The event store that the model belongs to; undefined before it was opened. */
  private storeIdentity: string | undefined;
  /** The model answers once it has come so far. */
  private target = START;
  private readonly checkpoints: Checkpoints;

  constructor(
    private readonly file?: AvailabilityCheckpointFile,
    checkpointEveryMs = CHECKPOINT_EVERY_MS,
  ) {
    super();
    this.checkpoints = new Checkpoints(file, checkpointEveryMs, () => this.live);
  }

  async open(storeIdentity: string, head: Position): Promise<Position> {
    if (this.storeIdentity === undefined) await this.restore(storeIdentity);
    else if (this.storeIdentity !== storeIdentity) {
      throw new ReadModelMismatch(
        `The read model was built from event store ${this.storeIdentity}, this one is ${storeIdentity}: start anew.`,
      );
    }
    this.target = head;
    this.opened = this.live;
    return this.live.position;
  }

  async load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    return this.mine().load(skus);
  }

  async save(
    documents: readonly SkuAvailability[],
    progress: ReadModelProgress,
    reservations: readonly ReservationUnderReference[] = [],
  ): Promise<void> {
    this.mine().save(documents, progress, reservations);
    this.checkpoints.schedule();
  }

  async discard(): Promise<void> {
    this.live = new Generation(this.nextName());
    this.opened = undefined;
    await this.checkpoints.reset();
  }

  override atHand(skus: readonly Sku[]): AvailabilityAnswer | undefined {
    const { position, asOf } = this.live;
    if (this.opened === undefined || position < this.target) return undefined;
    return { position, asOf, items: this.live.load(skus) };
  }

  async read(skus: readonly Sku[]): Promise<AvailabilityAnswer> {
    return { ...(await this.progress()), items: this.live.load(skus) };
  }

  async progress(): Promise<ReadModelProgress> {
    if (this.opened === undefined) throw new ReadModelUnavailable('The read model has not been opened yet.');
    const { position, asOf } = this.live;
    if (position < this.target) {
      throw new ReadModelUnavailable(`The read model is being built: at position ${position} of ${this.target}.`);
    }
    return { position, asOf };
  }

  async reservationsUnder(reference: string): Promise<readonly string[]> {
    await this.progress();
    const { ids = [], forgetAfter = 0 } = this.live.references.get(reference) ?? {};
    return forgetAfter > Date.now() ? [...ids].reverse() : [];
  }

  async beginRebuild(startedAt: Instant): Promise<void> {
    if (this.opened === undefined) throw new ReadModelUnavailable('The read model has not been opened yet.');
    if (this.rebuilt !== undefined) return;
    this.rebuilt = new Generation(this.nextName());
    this.rebuild = { generation: this.rebuilt.name, startedAt };
    await this.file?.noteRebuild(startedAt);
  }

  async candidate(): Promise<AvailabilityCandidate | undefined> {
    const store = this;
    if (store.rebuilt === undefined) return undefined;
    const home = {
      get live() {
        return store.live;
      },
      isCandidate: (generation: Generation) => store.rebuilt === generation,
      promote: (generation: Generation, comparison: Comparison, now: Instant) =>
        store.promote(generation, comparison, now),
      abandon: (generation: Generation) => store.abandon(generation),
    };
    return new MemoryCandidate(home, store.rebuilt);
  }

  async status(): Promise<ReadModelStatus> {
    const { live, rebuilt, rebuild } = this;
    if (rebuild === undefined) return { generation: live.name };
    const position = (rebuilt ?? live).position;
    return { generation: live.name, rebuild: { ...rebuild, position, target: live.position } };
  }

  async close(): Promise<void> {
    await this.checkpoints.close();
  }

  private async promote(generation: Generation, comparison: Comparison, finishedAt: Instant): Promise<void> {
    this.live = generation;
    this.rebuilt = undefined;
    if (this.rebuild !== undefined) this.rebuild = { ...this.rebuild, finishedAt, comparison };
    await this.checkpoints.replace();
    await this.file?.noteRebuild(undefined);
  }

  private async abandon(generation: Generation): Promise<void> {
    if (this.rebuilt !== generation) return;
    this.rebuilt = undefined;
    this.rebuild = undefined;
    await this.file?.noteRebuild(undefined);
  }

  private nextName(): string {
    this.named += 1;
    return String(this.named);
  }

  /** The generation that the projection writes to. */
  private mine(): Generation {
    if (this.opened === this.live) return this.live;
    throw new ReadModelLost(`Generation ${this.opened?.name ?? ''} of the read model no longer answers.`);
  }

  private async restore(storeIdentity: string): Promise<void> {
    const checkpoint = await this.file?.read();
    if (checkpoint !== undefined) {
      if (checkpoint.storeIdentity !== storeIdentity) {
        throw new ReadModelMismatch(
          `${this.file?.path} was written for event store ${checkpoint.storeIdentity}, this one is ` +
            `${storeIdentity}. Remove the file to have the read model built anew, or use the event store it belongs to.`,
        );
      }
      this.live = checkpoint.generation;
      this.named = Number(this.live.name);
    }
    this.checkpoints.begin(storeIdentity);
    this.storeIdentity = storeIdentity;
    const startedAt = await this.file?.rebuildStartedAt();
    if (startedAt === undefined) return;
    this.rebuilt = new Generation(this.nextName());
    this.rebuild = { generation: this.rebuilt.name, startedAt };
  }
}
