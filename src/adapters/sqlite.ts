import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';

export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = readonly SqlValue[];

/** How long a statement waits for another process's lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 1_000;

/** One open SQLite file. The only place that knows the driver, whose API is that of `node:sqlite`. */
export class SqliteFile {
  readonly #db: DatabaseSyncInstance;

  constructor(path: string, options: { readonly busyTimeoutMs?: number; readonly readOnly?: boolean } = {}) {
    this.#db = new DatabaseSync(path, {
      timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
      readOnly: options.readOnly ?? false,
      // The writer makes every reference itself; checking each would only cost a lookup per event.
      enableForeignKeyConstraints: false,
    });
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  execute(sql: string): void {
    this.#db.exec(sql);
  }

  prepare(sql: string): Statement {
    return new Statement(this.#db, sql);
  }

  close(): void {
    this.#db.close();
  }
}

export class Statement {
  readonly #statement: StatementSyncInstance;

  /** Held because a prepared statement does not keep its database from being collected. */
  readonly database: DatabaseSyncInstance;

  constructor(database: DatabaseSyncInstance, sql: string) {
    this.database = database;
    this.#statement = database.prepare(sql);
    this.#statement.setReturnArrays(true);
  }

  run(...parameters: SqlValue[]): void {
    this.#statement.run(...parameters);
  }

  row(...parameters: SqlValue[]): SqlRow | undefined {
    return this.#statement.get(...parameters);
  }

  rows(...parameters: SqlValue[]): readonly SqlRow[] {
    return this.#statement.all(...parameters);
  }

  /** Rows one by one; leave the loop early to read no more. Never keep it open over an `await`. */
  each(...parameters: SqlValue[]): Iterable<SqlRow> {
    return this.#statement.iterate(...parameters);
  }
}

/** Whether the file itself is at fault, not the disk or the moment. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && /malformed|not a database|SQLITE_CORRUPT|SQLITE_NOTADB/i.test(error.message);
}

export function isBusy(error: unknown): boolean {
  return error instanceof Error && /database is locked|SQLITE_BUSY/i.test(error.message);
}
