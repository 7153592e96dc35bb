import { DatabaseSync } from '@photostructure/sqlite';

/**
 * Counts the lines of each invoice and SKU. An invoice's lines may stand anywhere in the file, so all of them have to
 * be remembered: in SQLite's private temporary database (the empty name), which keeps a few MB in memory, spills
 * the rest to an unlinked file and is gone with the process.
 */
export class Ordinals {
  readonly #database = new DatabaseSync('');
  readonly #count;

  constructor() {
    this.#database.exec(
      `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
       CREATE TABLE seen (invoice TEXT, sku TEXT, lines INTEGER NOT NULL, PRIMARY KEY (invoice, sku)) WITHOUT ROWID;
       BEGIN`,
    );
    this.#count = this.#database.prepare(
      'INSERT INTO seen VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET lines = lines + 1 RETURNING lines',
    );
  }

  /** The ordinal of this line, from 1. */
  next(invoice: string, sku: string): number {
    return Number(this.#count.get(invoice, sku)?.lines);
  }

  close(): void {
    this.#database.close();
  }
}
