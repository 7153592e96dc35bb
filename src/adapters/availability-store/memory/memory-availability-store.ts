import type { Sku } from '../../../domain/values/identifiers.js';
import type { AvailabilityAnswer, ReadModelProgress, SkuAvailability } from '../../../ports/availability-store.js';
import { AvailabilityStore, ReadModelMismatch, ReadModelUnavailable } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { START } from '../../../ports/event-store.js';
import type { AvailabilityCheckpointFile } from './checkpoint-file.js';

const CHECKPOINT_EVERY_MS = 30_000;

/** The read model of a single process, kept over restarts by a checkpoint file. */
export class MemoryAvailabilityStore extends AvailabilityStore {
  readonly source = 'memory';
  private readonly documents = new Map<Sku, SkuAvailability>();
  private position = START;
  private asOf = 0;
  /** The event store that the model belongs to; undefined before it was opened. */
  private storeIdentity: string | undefined;
  /** The model answers once it has come so far. */
  private target = START;
  private checkpointedPosition = START;
  private checkpointTimer: NodeJS.Timeout | undefined;
  private checkpointing: Promise<void> = Promise.resolve();

  constructor(
    private readonly checkpointFile?: AvailabilityCheckpointFile,
    private readonly checkpointEveryMs = CHECKPOINT_EVERY_MS,
  ) {
    super();
  }

  async open(storeIdentity: string, head: Position): Promise<Position> {
    if (this.storeIdentity === undefined) await this.restore(storeIdentity);
    else if (this.storeIdentity !== storeIdentity) {
      throw new ReadModelMismatch(
        `The read model was built from event store ${this.storeIdentity}, this one is ${storeIdentity}: start anew.`,
      );
    }
    this.target = head;
    return this.position;
  }

  async load(skus: readonly Sku[]): Promise<readonly (SkuAvailability | undefined)[]> {
    return skus.map((sku) => this.documents.get(sku));
  }

  async save(documents: readonly SkuAvailability[], { position, asOf }: ReadModelProgress): Promise<void> {
    for (const document of documents) {
      const stored = this.documents.get(document.sku);
      if (stored === undefined || stored.position < document.position) this.documents.set(document.sku, document);
    }
    if (position > this.position) this.position = position;
    if (asOf > this.asOf) this.asOf = asOf;
    this.scheduleCheckpoint();
  }

  async discard(): Promise<void> {
    clearTimeout(this.checkpointTimer);
    this.checkpointTimer = undefined;
    await this.checkpointing;
    await this.checkpointFile?.remove();
    this.documents.clear();
    this.position = START;
    this.asOf = 0;
    this.checkpointedPosition = START;
  }

  async read(skus: readonly Sku[]): Promise<AvailabilityAnswer> {
    return { ...(await this.progress()), items: await this.load(skus) };
  }

  async progress(): Promise<ReadModelProgress> {
    if (this.storeIdentity === undefined) throw new ReadModelUnavailable('The read model has not been opened yet.');
    if (this.position < this.target) {
      throw new ReadModelUnavailable(`The read model is being built: at position ${this.position} of ${this.target}.`);
    }
    return { position: this.position, asOf: this.asOf };
  }

  async close(): Promise<void> {
    clearTimeout(this.checkpointTimer);
    await this.checkpointing;
    await this.checkpoint();
  }

  private async restore(storeIdentity: string): Promise<void> {
    const checkpoint = await this.checkpointFile?.read();
    if (checkpoint !== undefined) {
      if (checkpoint.storeIdentity !== storeIdentity) {
        throw new ReadModelMismatch(
          `${this.checkpointFile?.path} was written for event store ${checkpoint.storeIdentity}, this one is ` +
            `${storeIdentity}. Remove the file to have the read model built anew, or use the event store it belongs to.`,
        );
      }
      for (const document of checkpoint.documents) this.documents.set(document.sku, document);
      this.position = checkpoint.position;
      this.checkpointedPosition = checkpoint.position;
      this.asOf = checkpoint.asOf;
    }
    this.storeIdentity = storeIdentity;
  }

  private scheduleCheckpoint(): void {
    if (this.checkpointTimer !== undefined || this.position === this.checkpointedPosition) return;
    this.checkpointTimer = setTimeout(() => {
      this.checkpointing = this.checkpoint().finally(() => {
        this.checkpointTimer = undefined;
      });
    }, this.checkpointEveryMs).unref();
  }

  private async checkpoint(): Promise<void> {
    const { storeIdentity, position, asOf, documents } = this;
    if (storeIdentity === undefined || position === this.checkpointedPosition) return;
    this.checkpointedPosition = position;
    // Documents go on changing meanwhile; one that is newer than the position takes no event twice.
    await this.checkpointFile?.write({ storeIdentity, position, asOf, documents: documents.values() });
  }
}
