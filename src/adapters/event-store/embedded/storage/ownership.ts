import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, SqliteFile } from './sqlite.js';

/** Another process works on the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

const RETRY_MS = 25;

/**
 * Owns a data folder by an exclusive lock on a small file beside the events, which the kernel gives back however the
 * owner ends. The events' own file stays unlocked, so that an auditor can open it while the node runs.
 */
export class Ownership {
  readonly #file: SqliteFile;

  private constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** Waits up to `waitMs` for a former owner that is still ending. @throws FolderInUse */
  static async take(path: string, waitMs: number): Promise<Ownership> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const file = new SqliteFile(path, { busyTimeoutMs: 0 });
      try {
        file.execute('BEGIN EXCLUSIVE');
        return new Ownership(file);
      } catch (error) {
        file.close();
        if (!isBusy(error)) throw error;
        if (performance.now() >= deadline) throw new FolderInUse(`another event node owns ${path}`);
      }
      await sleep(RETRY_MS);
    }
  }

  release(): void {
    this.#file.close();
  }
}
