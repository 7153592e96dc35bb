import { isDamage, SqliteFile, type SqlRow, type SqlValue, type Statement } from '../../../sqlite.js';
import { type Column, columnBytes, columnToText, nameToColumn } from './column.js';
import { isNewFile, layOut, UnusableFile } from './schema.js';

/** One event as stored; `id` is 32 lower-case hexadecimal digits. */
export interface EventRow {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
  readonly id: string;
  readonly type: number;
  readonly json: boolean;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly metadata: Column;
  readonly data: Column;
  /** As it goes over the wire, kept by whoever sent it first for those who send it next. */
  encoded?: Buffer;
}

/** At most so much in one page, so that a reader neither holds memory nor the event loop for long. */
export interface PageLimit {
  readonly events: number;
  readonly bytes: number;
}

export interface EventPage {
  readonly events: readonly EventRow[];
  /** Whether the limit ended the page, so that there may be more. */
  readonly more: boolean;
}

export const EMPTY_PAGE: EventPage = { events: [], more: false };

const COLUMNS = 'event.position, event.stream, event.revision, lower(hex(id)), type, json, created, metadata, data';
/** An event touches a leaf of the lookup, and a commit writes whole pages: smaller ones make it cheaper. */
export const PAGE_BYTES = 2_048;
const CACHE_KIB = 32_768;
/** The log is cut back to this once it has been copied into the file, so that a burst does not keep its disk. */
const LOG_KEPT_BYTES = 67_108_864;

/** The statements over `events.db`. Says nothing about what may be written; see the transaction and the commit check. */
export class EventFile {
  #file: SqliteFile;
  #statements: Statements;

  constructor(readonly path: string) {
    [this.#file, this.#statements] = open(path);
  }

  /** Forgets all that this process believes about the file, and reads what is really there. */
  reopen(): void {
    this.close();
    [this.#file, this.#statements] = open(this.path);
  }

  begin(): void {
    this.#file.execute('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.#file.execute('COMMIT');
  }

  rollback(): void {
    if (this.#file.isOpen && this.#file.inTransaction) this.#file.execute('ROLLBACK');
  }

  /** Copies what the write-ahead log holds into the file and syncs it; false if another process kept it from that. */
  checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): boolean {
    return this.#file.prepare(`PRAGMA wal_checkpoint(${mode})`).row()?.[0] === 0;
  }

  close(): void {
    if (!this.#file.isOpen) return;
    // Prepared statements keep the connection half alive after its close: it must not take a transaction along.
    this.rollback();
    this.#file.close();
  }

  lastPosition(): number {
    return numberOf(this.#statements.lastPosition.row()) ?? 0;
  }

  findStream(name: string): number | undefined {
    return numberOf(this.#statements.findStream.row(nameToColumn(name)));
  }

  addStream(name: string): number {
    return numberOf(this.#statements.addStream.row(nameToColumn(name))) ?? 0;
  }

  streamName(stream: number): string {
    return nameOf(this.#statements.streamName.row(stream));
  }

  findType(name: string): number | undefined {
    return numberOf(this.#statements.findType.row(nameToColumn(name)));
  }

  addType(name: string): number {
    return numberOf(this.#statements.addType.row(nameToColumn(name))) ?? 0;
  }

  typeName(type: number): string {
    return nameOf(this.#statements.typeName.row(type));
  }

  /** Revision of the stream's last event, -1 if it has none. */
  lastRevision(stream: number): number {
    return numberOf(this.#statements.lastRevision.row(stream)) ?? -1;
  }

  /** Revision of the first event with this id in the stream. */
  firstRevisionOf(stream: number, id: string): number | undefined {
    return numberOf(this.#statements.firstRevisionOf.row(stream, id));
  }

  eventAt(stream: number, revision: number): EventRow | undefined {
    const row = this.#statements.eventAt.row(stream, revision);
    return row && toEvent(row);
  }

  insert(event: EventRow): void {
    const { position, stream, revision, id, type, json, created, metadata, data } = event;
    this.#statements.insert.run(position, stream, revision, id, type, json ? 1 : 0, created, metadata, data);
    this.#statements.insertLookup.run(stream, revision, position, id);
  }

  /** Events from position `from` to `to`, both inclusive, oldest first. */
  allForwards(from: number, to: number, limit: PageLimit): EventPage {
    return page(this.#statements.allForwards.each(from, to, limit.events), limit);
  }

  /** Events from position `from` down, inclusive, newest first. */
  allBackwards(from: number, limit: PageLimit): EventPage {
    return page(this.#statements.allBackwards.each(from, limit.events), limit);
  }

  /** Events of one stream between the revisions, both inclusive, created no earlier than `since`. */
  streamForwards(stream: number, from: number, to: number, since: number, limit: PageLimit): EventPage {
    return page(this.#statements.streamForwards.each(stream, from, to, since, limit.events), limit);
  }

  streamBackwards(stream: number, from: number, to: number, since: number, limit: PageLimit): EventPage {
    return page(this.#statements.streamBackwards.each(stream, from, to, since, limit.events), limit);
  }
}

type Statements = Record<keyof typeof SQL, Statement>;

function open(path: string): [SqliteFile, Statements] {
  let file: SqliteFile | undefined;
  try {
    file = new SqliteFile(path);
    const isNew = isNewFile(file, path);
    if (isNew) file.execute(`PRAGMA page_size = ${PAGE_BYTES}`);
    file.execute(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${LOG_KEPT_BYTES}`);
    if (isNew) layOut(file);
    const statements = prepareAll(file);
    statements.lastEvent.row();
    return [file, statements];
  } catch (error) {
    file?.close();
    if (isDamage(error)) throw new UnusableFile(`${path} is damaged or not an SQLite file: ${messageOf(error)}`);
    if (file === undefined) throw new UnusableFile(`${path} cannot be opened: ${messageOf(error)}`);
    throw error;
  }
}

function prepareAll(file: SqliteFile): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, file.prepare(sql)] as const);
  return Object.fromEntries(prepared) as Statements;
}

const SQL = {
  lastEvent: `SELECT ${COLUMNS} FROM event ORDER BY position DESC LIMIT 1`,
  lastPosition: 'SELECT max(position) FROM event',
  findStream: 'SELECT id FROM stream WHERE name = ?',
  addStream: 'INSERT INTO stream (name) VALUES (?) RETURNING id',
  streamName: 'SELECT name FROM stream WHERE id = ?',
  findType: 'SELECT id FROM type WHERE name = ?',
  addType: 'INSERT INTO type (name) VALUES (?) RETURNING id',
  typeName: 'SELECT name FROM type WHERE id = ?',
  lastRevision: "SELECT key FROM lookup WHERE stream = ? AND key < x'' ORDER BY key DESC LIMIT 1",
  firstRevisionOf: 'SELECT revision FROM lookup WHERE stream = ? AND key = unhex(?) ORDER BY revision LIMIT 1',
  eventAt: `SELECT ${COLUMNS} FROM lookup JOIN event USING (position) WHERE lookup.stream = ? AND key = ?`,
  insert: 'INSERT INTO event VALUES (?, ?, ?, unhex(?), ?, ?, ?, ?, ?)',
  allForwards: `SELECT ${COLUMNS} FROM event WHERE position BETWEEN ? AND ? ORDER BY position LIMIT ?`,
  allBackwards: `SELECT ${COLUMNS} FROM event WHERE position <= ? ORDER BY position DESC LIMIT ?`,
  // The driver binds a large integer as a real, which a column of any type would keep as one.
  insertLookup: `INSERT INTO lookup VALUES (?1, CAST(?2 AS INTEGER), ?2, ?3), (?1, unhex(?4), ?2, ?3)`,
  streamForwards: `SELECT ${COLUMNS} FROM lookup JOIN event USING (position)
    WHERE lookup.stream = ? AND key BETWEEN ? AND ? AND created >= ? ORDER BY key LIMIT ?`,
  streamBackwards: `SELECT ${COLUMNS} FROM lookup JOIN event USING (position)
    WHERE lookup.stream = ? AND key BETWEEN ? AND ? AND created >= ? ORDER BY key DESC LIMIT ?`,
} as const;

function page(rows: Iterable<SqlRow>, limit: PageLimit): EventPage {
  const events: EventRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const event = toEvent(row);
    events.push(event);
    bytes += columnBytes(event.metadata) + columnBytes(event.data);
    if (bytes >= limit.bytes) return { events, more: true };
  }
  return { events, more: events.length === limit.events };
}

function toEvent(row: SqlRow): EventRow {
  const [position, stream, revision, id, type, json, created, metadata, data] = row as [
    number,
    number,
    number,
    string,
    number,
    number,
    number,
    Column,
    Column,
  ];
  return { position, stream, revision, id, type, json: json === 1, created, metadata, data };
}

function numberOf(row: SqlRow | undefined): number | undefined {
  const value: SqlValue | undefined = row?.[0];
  return typeof value === 'number' ? value : undefined;
}

function nameOf(row: SqlRow | undefined): string {
  const value = row?.[0];
  return typeof value === 'string' || value instanceof Uint8Array ? columnToText(value) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
