import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteFile, type SqlRow } from '../../../sqlite.js';
import { nameChecksum } from '../storage/checksum.js';
import { type Column, columnToText } from '../storage/column.js';
import { EVENT_COLUMNS, type EventRow, toEvent } from '../storage/event-rows.js';
import { readMark } from '../storage/head-mark.js';
import { DamagedRecord, isNewFile, layOut, TOMBSTONE_REVISION } from '../storage/schema.js';
import { IDENTITY_STREAM, identityIn } from './identity.js';

/** Something that is not as it must be. */
export interface Difference {
  readonly what: string;
  readonly stream?: string;
  readonly revision?: number;
  readonly position?: number;
}

export interface Verification {
  readonly events: number;
  readonly streams: number;
  /** Position of the last event. */
  readonly head: number;
  /** What the store calls itself, once a service has used it. */
  readonly identity: string | undefined;
  readonly differences: readonly Difference[];
  /** Whether there were more differences than are listed. */
  readonly more: boolean;
}

const MOST_DIFFERENCES = 100;
const NIL_ID = '0'.repeat(32);

/**
 * Proves a file of events against all that the node promises of it, in one snapshot: a node may go on writing.
 * Memory does not grow with the file.
 * @param file path of `events.db`
 * @throws Error with a message for a person when there is nothing to prove
 */
export function verifyFile(path: string, onProgress: (events: number) => void): Verification {
  if (!existsSync(path)) throw new Error(`there is no file ${path}`);
  // Read before the file, whose end may move on meanwhile.
  const marked = readMark(join(path, '..', 'events.head'));
  const file = new SqliteFile(path, { readOnly: true });
  try {
    return new Verifier(file, path, marked, onProgress).run();
  } finally {
    file.close();
  }
}

function layoutOf(file: SqliteFile): ReadonlyMap<string, string> {
  const rows = file.prepare('SELECT name, type, tbl_name, sql FROM sqlite_schema').rows();
  return new Map(rows.map(([name, ...rest]) => [String(name), JSON.stringify(rest)]));
}

class Verifier {
  readonly #differences: Difference[] = [];
  #more = false;
  #events = 0;
  /** That the lookup must have for the events so far. */
  #entries = 0;
  #head = 0;

  constructor(
    private readonly file: SqliteFile,
    private readonly path: string,
    private readonly marked: number,
    private readonly onProgress: (events: number) => void,
  ) {}

  run(): Verification {
    let streams = 0;
    let identity: string | undefined;
    this.#step('the file', () => {
      this.file.execute('PRAGMA query_only = 1; BEGIN');
      if (isNewFile(this.file, this.path)) this.#found({ what: 'the file holds no event store yet' });
    });
    if (this.#differences.length === 0) {
      this.#step('the layout', () => this.#layout());
      this.#step('the pages', () => this.#pages());
      this.#step('the names of streams', () => this.#names('stream'));
      this.#step('the names of types', () => this.#names('type'));
      this.#step('the events', () => this.#everyEvent());
      this.#step('the lookup', () => this.#lookup());
      this.#step('the streams', () => {
        streams = this.#count('SELECT count(*) FROM stream');
      });
      this.#step('the identity', () => {
        identity = this.#identity();
      });
      if (this.marked > this.#head) {
        const what = `events reached position ${this.marked} once: the write-ahead log is missing or damaged`;
        this.#found({ what, position: this.#head });
      }
    }
    const differences = this.#differences;
    return { events: this.#events, streams, head: this.#head, identity, differences, more: this.#more };
  }

  /** What SQLite itself cannot read ends a step, not the verification. */
  #step(name: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#found({ what: `${name} cannot be read: ${error instanceof Error ? error.message : error}` });
    }
  }

  #found(difference: Difference): void {
    if (this.#differences.length < MOST_DIFFERENCES) this.#differences.push(difference);
    else this.#more = true;
  }

  /** Tables, and what keeps events from being changed, are those of a new file to the letter. */
  #layout(): void {
    const fresh = new SqliteFile(':memory:');
    layOut(fresh);
    const [wanted, found] = [layoutOf(fresh), layoutOf(this.file)];
    fresh.close();
    for (const [name, sql] of wanted) {
      if (found.get(name) !== sql) this.#found({ what: `the layout of ${name} is not as it was written` });
    }
    for (const name of found.keys()) if (!wanted.has(name)) this.#found({ what: `${name} is none of the store's` });
  }

  /** SQLite's own look at every page, tree and index, and at what its header counts, which that look leaves out. */
  #pages(): void {
    if (this.#count('PRAGMA freelist_count') >= this.#count('PRAGMA page_count')) {
      this.#found({ what: 'the header of the file counts more free pages than there are pages' });
    }
    for (const [said] of this.file.prepare(`PRAGMA integrity_check(${MOST_DIFFERENCES})`).each()) {
      if (said !== 'ok') this.#found({ what: `SQLite: ${said}` });
    }
  }

  #names(table: 'stream' | 'type'): void {
    let last: Column | undefined;
    // In the order of the index, so that a name given twice is found also where the index is damaged.
    for (const [id, name, sum] of this.file.prepare(`SELECT id, name, sum FROM ${table} ORDER BY +name`).each()) {
      const column = name as Column;
      if (nameChecksum(id as number, column) !== sum) {
        this.#found({ what: `the name of ${table} ${id} is not as it was written: ${columnToText(column)}` });
      }
      if (last !== undefined && columnToText(last) === columnToText(column)) {
        this.#found({ what: `there are two numbers for the ${table} ${columnToText(column)}` });
      }
      last = column;
    }
  }

  /** Each as it was written, none missing, in order; each with its name, its type and its place in the lookup. */
  #everyEvent(): void {
    const rows = this.file.prepare(`SELECT ${EVENT_COLUMNS},
      (SELECT name FROM stream WHERE id = event.stream), EXISTS (SELECT 1 FROM type WHERE id = event.type),
      EXISTS (SELECT 1 FROM lookup WHERE lookup.stream = event.stream AND key = event.revision
        AND lookup.revision = event.revision AND lookup.position = event.position),
      EXISTS (SELECT 1 FROM lookup WHERE lookup.stream = event.stream AND key = event.id
        AND lookup.revision = event.revision AND lookup.position = event.position),
      EXISTS (SELECT 1 FROM lookup WHERE lookup.stream = event.stream AND key >= x'')
      FROM event ORDER BY event.position`);
    for (const row of rows.each()) {
      this.#events += 1;
      if (this.#events % 65_536 === 0) this.onProgress(this.#events);
      this.#event(row);
      this.#head = row[0] as number;
    }
  }

  #event(row: SqlRow): void {
    const [name, hasType, hasRevision, hasId, knowsIds] = row.slice(-5);
    const position = row[0] as number;
    const stream = name === null || name === undefined ? `number ${row[2]}` : columnToText(name as Column);
    const found = (what: string, revision = row[3] as number) => this.#found({ what, stream, revision, position });
    if (name === null) found('its stream has no name');
    if (hasType !== 1) found('its type has no name');
    if (hasRevision !== 1) found('the lookup does not know its revision');
    if (knowsIds === 1 && hasId !== 1) found('the lookup does not know its id');
    this.#entries += 1 + Number(knowsIds);
    let event: EventRow;
    try {
      event = toEvent(row);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      found('it is not as it was written');
      return;
    }
    if (!/^[0-9a-f]{32}$/.test(event.id) || event.id === NIL_ID) found('its id is not valid');
    if (position - event.skipped - 1 !== this.#head)
      found(`the event before it is missing, or ${this.#head} is too much`);
  }

  /** The lookup holds nothing but the events' entries, and with them each stream's revisions without a gap. */
  #lookup(): void {
    const entries = this.#count('SELECT count(*) FROM lookup');
    if (entries !== this.#entries) {
      this.#found({ what: `the lookup has ${entries} entries; by the events it must be ${this.#entries}` });
    }
    const rows = this.file.prepare(`SELECT lookup.stream, key, lookup.position, event.position IS NULL,
      event.stream IS NOT lookup.stream OR event.revision IS NOT lookup.revision, event.created
      FROM lookup LEFT JOIN event USING (position) WHERE key < x'' ORDER BY lookup.stream, key`);
    let before: readonly [stream: number, revision: number, position: number] = [-1, -1, 0];
    for (const row of rows.each()) {
      const [stream, revision, position, isGone, isOther] = row as [number, number, number, number, number];
      const [lastStream, lastRevision, lastPosition] = before;
      before = [stream, revision, position];
      const found = (what: string) => this.#found({ what, stream: this.#nameOf(stream), revision, position });
      if (isGone === 1) found('the lookup names an event that is not there');
      else if (isOther === 1) found('the lookup names an event of another place');
      const isSame = stream === lastStream;
      if (isSame && lastRevision === TOMBSTONE_REVISION) found('it stands behind the end of its stream');
      const expected = isSame ? lastRevision + 1 : 0;
      if (revision !== expected && revision !== TOMBSTONE_REVISION)
        found(`revision ${expected} of its stream is missing`);
      if (isSame && position <= lastPosition) found('it lies before the revision before it');
    }
  }

  #identity(): string | undefined {
    const identity = identityIn(this.file);
    const isThere = this.#count(`SELECT count(*) FROM stream WHERE name = '${IDENTITY_STREAM}'`) > 0;
    if (isThere && identity === undefined) {
      this.#found({ what: 'the identity of the store cannot be read', stream: IDENTITY_STREAM });
    }
    return identity;
  }

  #count(sql: string): number {
    return Number(this.file.prepare(sql).row()?.[0] ?? 0);
  }

  #nameOf(stream: number): string {
    const name = this.file.prepare('SELECT name FROM stream WHERE id = ?').row(stream)?.[0];
    return name === undefined || name === null ? `number ${stream}` : columnToText(name as Column);
  }
}
