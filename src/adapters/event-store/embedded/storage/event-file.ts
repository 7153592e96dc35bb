import { SqliteFile, type SqlRow, type SqlValue, type Statement } from '../../../sqlite.js';
import { eventChecksum, nameChecksum } from './checksum.js';
import { columnToText, nameToColumn } from './column.js';
import {
  EVENT_COLUMNS,
  type EventPage,
  type EventRow,
  ofStream,
  type PageLimit,
  page,
  positionsDown,
  positionsFrom,
  revisionsDown,
  revisionsFrom,
  toEvent,
} from './event-rows.js';
import { DamagedRecord, isNewFile, layOut, saysDamaged, UnusableFile } from './schema.js';

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
    this.#statements.begin.run();
  }

  commit(): void {
    this.#statements.commit.run();
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
    return idOf(this.#statements.findStream.row(nameToColumn(name)), name);
  }

  addStream(name: string): number {
    const id = (numberOf(this.#statements.lastStream.row()) ?? 0) + 1;
    this.#statements.addStream.run(id, nameToColumn(name), nameChecksum(id, nameToColumn(name)));
    return id;
  }

  streamName(stream: number): string {
    return nameOf(this.#statements.streamName.row(stream), stream);
  }

  findType(name: string): number | undefined {
    return idOf(this.#statements.findType.row(nameToColumn(name)), name);
  }

  addType(name: string): number {
    const id = (numberOf(this.#statements.lastType.row()) ?? 0) + 1;
    this.#statements.addType.run(id, nameToColumn(name), nameChecksum(id, nameToColumn(name)));
    return id;
  }

  typeName(type: number): string {
    return nameOf(this.#statements.typeName.row(type), type);
  }

  /** Revision of the stream's last event, -1 if it has none. */
  lastRevision(stream: number): number {
    const row = this.#statements.lastRevision.row(stream);
    if (row !== undefined && row[0] !== row[1]) throw new DamagedRecord(`The lookup of stream ${stream} is damaged`);
    return numberOf(row) ?? -1;
  }

  /** Revision of the first event with this id in the stream, which must know its ids. */
  firstRevisionOf(stream: number, id: string): number | undefined {
    return numberOf(this.#statements.firstRevisionOf.row(stream, id));
  }

  eventAt(stream: number, revision: number): EventRow | undefined {
    const row = this.#statements.eventAt.row(stream, revision);
    const event = row && toEvent(row);
    if (event === undefined || (event.stream === stream && event.revision === revision)) return event;
    throw new DamagedRecord(`The lookup of stream ${stream} is damaged at revision ${revision}`);
  }

  insert(event: EventRow): void {
    const { position, skipped, stream, revision, id, type, json, created, metadata, data } = event;
    const sum = eventChecksum(event);
    this.#statements.insert.run(position, stream, revision, id, type, +json, created, skipped, sum, metadata, data);
    this.#statements.insertRevision.run(stream, revision, position);
  }

  /** Whether the stream's events can be found by their ids: all of them, or none. */
  knowsIds(stream: number): boolean {
    return this.#statements.knowsIds.row(stream) !== undefined;
  }

  /** Has the stream's events so far found by their ids too. */
  addIds(stream: number): void {
    this.#statements.addIds.run(stream);
  }

  addId({ stream, id, revision, position }: EventRow): void {
    this.#statements.addId.run(stream, id, revision, position);
  }

  /** Events from position `from` to `to`, both inclusive, oldest first. */
  allForwards(from: number, to: number, limit: PageLimit): EventPage {
    return page(this.#statements.allForwards.each(from, to, limit.events), limit, positionsFrom(from));
  }

  /** Events from position `from` down, inclusive, newest first. */
  allBackwards(from: number, limit: PageLimit): EventPage {
    return page(this.#statements.allBackwards.each(from, limit.events), limit, positionsDown(from));
  }

  /** Events of one stream between the revisions, both inclusive, created no earlier than `since`. */
  streamForwards(stream: number, from: number, to: number, since: number, limit: PageLimit): EventPage {
    const follows = since > 0 ? ofStream(stream, from, to) : revisionsFrom(stream, Math.max(from, 0));
    return page(this.#statements.streamForwards.each(stream, from, to, since, limit.events), limit, follows);
  }

  streamBackwards(stream: number, from: number, to: number, since: number, limit: PageLimit): EventPage {
    const follows = since > 0 ? ofStream(stream, from, to) : revisionsDown(stream, to);
    return page(this.#statements.streamBackwards.each(stream, from, to, since, limit.events), limit, follows);
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
    const last = statements.lastEvent.row();
    if (last !== undefined) toEvent(last);
    return [file, statements];
  } catch (error) {
    file?.close();
    if (saysDamaged(error)) throw new UnusableFile(`${path} is damaged or not an SQLite file: ${messageOf(error)}`);
    if (file === undefined) throw new UnusableFile(`${path} cannot be opened: ${messageOf(error)}`);
    throw error;
  }
}

function prepareAll(file: SqliteFile): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, file.prepare(sql)] as const);
  return Object.fromEntries(prepared) as Statements;
}

const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  lastEvent: `SELECT ${EVENT_COLUMNS} FROM event ORDER BY position DESC LIMIT 1`,
  lastPosition: 'SELECT max(position) FROM event',
  findStream: 'SELECT id, sum FROM stream WHERE name = ?',
  lastStream: 'SELECT max(id) FROM stream',
  addStream: 'INSERT INTO stream VALUES (?, ?, ?)',
  streamName: 'SELECT name, sum FROM stream WHERE id = ?',
  findType: 'SELECT id, sum FROM type WHERE name = ?',
  lastType: 'SELECT max(id) FROM type',
  addType: 'INSERT INTO type VALUES (?, ?, ?)',
  typeName: 'SELECT name, sum FROM type WHERE id = ?',
  lastRevision: "SELECT key, revision FROM lookup WHERE stream = ? AND key < x'' ORDER BY key DESC LIMIT 1",
  firstRevisionOf: 'SELECT revision FROM lookup WHERE stream = ? AND key = unhex(?) ORDER BY revision LIMIT 1',
  eventAt: `SELECT ${EVENT_COLUMNS} FROM lookup JOIN event USING (position) WHERE lookup.stream = ? AND key = ?`,
  insert: 'INSERT INTO event VALUES (?, ?, ?, unhex(?), ?, ?, ?, ?, ?, ?, ?)',
  allForwards: `SELECT ${EVENT_COLUMNS} FROM event WHERE position BETWEEN ? AND ? ORDER BY position LIMIT ?`,
  allBackwards: `SELECT ${EVENT_COLUMNS} FROM event WHERE position <= ? ORDER BY position DESC LIMIT ?`,
  // The driver binds a large integer as a real, which a column of any type would keep as one.
  insertRevision: 'INSERT INTO lookup VALUES (?1, CAST(?2 AS INTEGER), ?2, ?3)',
  knowsIds: "SELECT 1 FROM lookup WHERE stream = ? AND key >= x'' LIMIT 1",
  addIds: `INSERT INTO lookup SELECT lookup.stream, event.id, lookup.revision, lookup.position
    FROM lookup JOIN event USING (position) WHERE lookup.stream = ? AND key < x''`,
  addId: 'INSERT INTO lookup VALUES (?, unhex(?), ?, ?)',
  streamForwards: `SELECT ${EVENT_COLUMNS} FROM lookup JOIN event USING (position)
    WHERE lookup.stream = ? AND key BETWEEN ? AND ? AND created >= ? ORDER BY key LIMIT ?`,
  streamBackwards: `SELECT ${EVENT_COLUMNS} FROM lookup JOIN event USING (position)
    WHERE lookup.stream = ? AND key BETWEEN ? AND ? AND created >= ? ORDER BY key DESC LIMIT ?`,
} as const;

function numberOf(row: SqlRow | undefined): number | undefined {
  const value: SqlValue | undefined = row?.[0];
  return typeof value === 'number' ? value : undefined;
}

/** The number in a row of number and checksum, found by its name. @throws DamagedRecord when they do not agree */
function idOf(row: SqlRow | undefined, name: string): number | undefined {
  const id = numberOf(row);
  if (id !== undefined && nameChecksum(id, nameToColumn(name)) !== row?.[1]) throw damagedName(name);
  return id;
}

/** The name in a row of name and checksum, found by its number. @throws DamagedRecord when they do not agree */
function nameOf(row: SqlRow | undefined, id: number): string {
  const name = row?.[0];
  const isName = typeof name === 'string' || name instanceof Uint8Array;
  if (!isName || nameChecksum(id, name) !== row?.[1]) throw damagedName(`number ${id}`);
  return columnToText(name);
}

function damagedName(name: string): DamagedRecord {
  return new DamagedRecord(`The name of a stream or event type is damaged: ${name}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
