import type { Position } from '../../../ports/event-store.js';
import type { AvailabilityCheckpointFile } from './checkpoint-file.js';
import type { Generation } from './generation.js';

/** Writes checkpoints now and then while the model changes, and a last one at the end. */
export class Checkpoints {
  /** What the newest checkpoint holds; undefined when there is none. */
  private written: { readonly generation: Generation; readonly position: Position } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private storeIdentity: string | undefined;

  constructor(
    private readonly file: AvailabilityCheckpointFile | undefined,
    private readonly everyMs: number,
    private readonly live: () => Generation,
  ) {}

  /** From now on the model belongs to this store, and is what the file says. */
  begin(storeIdentity: string): void {
    this.storeIdentity = storeIdentity;
    this.written = { generation: this.live(), position: this.live().position };
  }

  schedule(): void {
    if (this.file === undefined || this.timer !== undefined || this.isWritten()) return;
    this.timer = setTimeout(() => {
      this.writing = this.write().finally(() => {
        this.timer = undefined;
      });
    }, this.everyMs).unref();
  }

  /** Forgets the file: the model is no longer what it says. */
  async reset(): Promise<void> {
    await this.settled();
    await this.file?.remove();
    this.written = undefined;
  }

  /** Puts another generation in the place of the one that the file holds. */
  async replace(): Promise<void> {
    await this.settled();
    await this.write();
  }

  async close(): Promise<void> {
    await this.settled();
    await this.write();
  }

  private async settled(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.writing;
  }

  private isWritten(): boolean {
    const { generation, position } = this.written ?? {};
    return generation === this.live() && position === this.live().position;
  }

  private async write(): Promise<void> {
    const storeIdentity = this.storeIdentity;
    if (this.file === undefined || storeIdentity === undefined || this.isWritten()) return;
    const generation = this.live();
    this.written = { generation, position: generation.position };
    // Documents go on changing meanwhile; one that is newer than the position takes no event twice.
    await this.file.write({ storeIdentity, generation });
  }
}
