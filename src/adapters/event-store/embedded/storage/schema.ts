import { isDamage, type SqliteFile } from '../../../sqlite.js';

/** "SFEV": marks the file as ours, so that nobody's other database is taken for an event store. */
const APPLICATION_ID = 0x53464556;
const SCHEMA_VERSION = 2;

/**
 * `created` counts milliseconds since 1970; `json` is 1 for content type application/json, 0 for octet-stream.
 * `metadata` and `data` are text where they are text. A tombstone's revision is {@link TOMBSTONE_REVISION}.
 * SQLite does not notice a flipped bit inside a row, so each row carries its checksum, `sum`, and each event says how
 * many positions right before its own were `skipped`, so that a missing event shows.
 * `lookup` finds an event by its revision (an integer key) and, in streams that were ever appended to without an
 * expected revision, by its id (a blob key; not unique, for the protocol writes an id twice when a client asks for
 * that). Only such an append looks for ids, and each costs the commit a page of the lookup. It is one tree, not two
 * indexes, because the entries of a small stream then lie on one page, and a commit syncs pages.
 */
const SCHEMA = `
  CREATE TABLE stream (id INTEGER PRIMARY KEY, name ANY NOT NULL UNIQUE, sum INTEGER NOT NULL) STRICT;
  CREATE TABLE type (id INTEGER PRIMARY KEY, name ANY NOT NULL UNIQUE, sum INTEGER NOT NULL) STRICT;
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES stream (id),
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    type INTEGER NOT NULL REFERENCES type (id),
    json INTEGER NOT NULL,
    created INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    metadata ANY NOT NULL,
    data ANY NOT NULL
  ) STRICT;
  CREATE TABLE lookup (
    stream INTEGER NOT NULL,
    key ANY NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, key, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
  CREATE TRIGGER event_never_goes BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
  CREATE VIEW record AS
    SELECT event.position, stream.name AS stream, event.revision, type.name AS type,
      strftime('%Y-%m-%dT%H:%M:%fZ', event.created / 1000.0, 'unixepoch') AS created,
      lower(substr(hex(event.id), 1, 8) || '-' || substr(hex(event.id), 9, 4) || '-' || substr(hex(event.id), 13, 4)
        || '-' || substr(hex(event.id), 17, 4) || '-' || substr(hex(event.id), 21)) AS id,
      event.data, event.metadata
    FROM event JOIN stream ON stream.id = event.stream JOIN type ON type.id = event.type;
`;

/** The greatest revision a number holds; on the wire a tombstone's revision is 2^63 - 1. */
export const TOMBSTONE_REVISION = Number.MAX_SAFE_INTEGER;

/** The file cannot be used as an event store; the message tells a person why. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/** What the file holds is not what was written; the message says where. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}

/** Whether the error says that what was written is not there as it was, by our own checks or by SQLite's. */
export function saysDamaged(error: unknown): error is Error {
  return error instanceof DamagedRecord || isDamage(error);
}

/** Whether the file still has to be laid out; refuses, untouched, one that is not ours or of a later version. */
export function isNewFile(file: SqliteFile, path: string): boolean {
  const tables = file.prepare("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").row()?.[0];
  const applicationId = file.prepare('PRAGMA application_id').row()?.[0];
  if (tables === 0 && applicationId === 0) return true;
  if (applicationId !== APPLICATION_ID) throw new UnusableFile(`${path} is an SQLite file, but not an event store`);
  const version = file.prepare('PRAGMA user_version').row()?.[0];
  if (version === SCHEMA_VERSION) return false;
  throw new UnusableFile(
    `${path} has layout ${version}, this program knows layout ${SCHEMA_VERSION} only: run the version that wrote it, ` +
      'and take its events over with "eventstore copy"',
  );
}

export function layOut(file: SqliteFile): void {
  file.execute(`BEGIN IMMEDIATE; ${SCHEMA}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
