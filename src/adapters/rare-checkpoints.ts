import { type CheckpointContent, CheckpointKeeper } from '../ports/checkpoint.js';
import type { CheckpointFile } from './checkpoint-file.js';

/** Writes a checkpoint file now and then, and once more at the end. Without a file it keeps nothing. */
export class RareCheckpoints extends CheckpointKeeper {
  private storeIdentity: string | undefined;
  /** What is newer than the file; undefined when nothing is. */
  private newer: (() => CheckpointContent) | undefined;
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly file: CheckpointFile | undefined,
    /** How long a change may wait, and with it all that come meanwhile. */
    private readonly everyMs: number,
  ) {
    super();
  }

  override async open(storeIdentity: string): Promise<CheckpointContent | undefined> {
    this.storeIdentity = storeIdentity;
    this.newer = undefined;
    const checkpoint = await this.file?.read();
    return checkpoint?.storeIdentity === storeIdentity ? checkpoint : undefined;
  }

  override changed(content: () => CheckpointContent): void {
    if (this.file === undefined) return;
    this.newer = content;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.writing = this.writing.then(() => this.write());
    }, this.everyMs).unref();
  }

  override async close(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.writing;
    await this.write();
  }

  private async write(): Promise<void> {
    const content = this.newer;
    if (this.storeIdentity === undefined || content === undefined) return;
    this.newer = undefined;
    await this.file?.write({ storeIdentity: this.storeIdentity, ...content() });
  }
}
