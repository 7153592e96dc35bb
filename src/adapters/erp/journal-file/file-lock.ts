import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

/** Another process has the file open for writing. */
export class FileLocked extends Error {
  override readonly name = 'FileLocked';
}

/**
 * A lock that no crash leaves behind: SQLite asks the operating system for it, which Node itself cannot. The database
 * stays empty.
 */
export class FileLock {
  private constructor(private readonly database: DatabaseSyncInstance) {}

  /** @throws FileLocked when someone else holds it */
  static async acquire(path: string, patienceMs: number): Promise<FileLock> {
    const deadline = performance.now() + patienceMs;
    while (true) {
      const database = new DatabaseSync(path);
      try {
        database.exec('BEGIN EXCLUSIVE');
        return new FileLock(database);
      } catch (error) {
        database.close();
        if (performance.now() >= deadline) throw new FileLocked(`${path} is held by another process: ${error}`);
      }
      await sleep(100);
    }
  }

  release(): void {
    this.database.close();
  }
}
