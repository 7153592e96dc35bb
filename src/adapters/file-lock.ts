import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, SqliteFile } from './sqlite.js';

/** Another process holds the lock. */
export class FileLocked extends Error {
  override readonly name = 'FileLocked';
}

const RETRY_MS = 25;

/**
 * A lock that no crash leaves behind: SQLite asks the operating system for it, which Node itself cannot. The file is a
 * database that stays empty, beside what it guards, so that what it guards can still be read by others.
 */
export class FileLock {
  private constructor(private readonly file: SqliteFile) {}

  /** Waits up to `patienceMs` for a former owner that is still ending. @throws FileLocked when someone else holds it */
  static async acquire(path: string, patienceMs: number): Promise<FileLock> {
    const deadline = performance.now() + patienceMs;
    while (true) {
      const file = new SqliteFile(path, { busyTimeoutMs: 0 });
      try {
        file.execute('BEGIN EXCLUSIVE');
        return new FileLock(file);
      } catch (error) {
        file.close();
        if (!isBusy(error)) throw error;
        if (performance.now() >= deadline) throw new FileLocked(`${path} is held by another process.`);
      }
      await sleep(RETRY_MS);
    }
  }

  release(): void {
    this.file.close();
  }
}
