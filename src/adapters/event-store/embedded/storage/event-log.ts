import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FileLock } from '../../../file-lock.js';
import { Checkpoints } from './checkpoints.js';
import { Commits } from './commits.js';
import { EventFile } from './event-file.js';
import { EMPTY_PAGE, type EventPage, type PageLimit } from './event-rows.js';
import { HeadMark } from './head-mark.js';
import { RecentEvents } from './recent-events.js';
import { firstReadable } from './stream-metadata.js';
import { type StreamState, Streams } from './streams.js';
import { Transaction } from './transaction.js';
import { Writer } from './writer.js';

export interface EventLogOptions {
  /** The data folder; made if it is not there. */
  readonly directory: string;
  /** How long to wait for a former owner of the folder, in milliseconds. */
  readonly ownerWaitMs: number;
  /** A write failed: the disk is full or broken. Called once until writing works again. */
  readonly onWriteFailure: (error: unknown) => void;
  /** A write needs to know what is no longer as it was written. */
  readonly onDamage: (error: Error) => void;
}

export type StreamStatus = 'found' | 'not-found' | 'deleted';

/** The record: one file of events, one writer, any number of readers in this process. */
export class EventLog {
  readonly commits = new Commits();
  readonly streams: Streams;
  readonly writer: Writer;
  readonly #recent = new RecentEvents();
  readonly #transaction: Transaction;
  readonly #checkpoints: Checkpoints;
  readonly #mark: HeadMark;

  private constructor(
    private readonly ownership: FileLock,
    private readonly file: EventFile,
    { directory, onWriteFailure, onDamage }: EventLogOptions,
  ) {
    this.#mark = HeadMark.open(join(directory, 'events.head'), file.path, file.lastPosition());
    this.streams = new Streams(file);
    this.#transaction = new Transaction(file, this.streams, this.#recent);
    this.#checkpoints = new Checkpoints(file.path, () => file.checkpoint('PASSIVE'));
    const committed = (bytes: number) => {
      this.#mark.moveTo(this.#transaction.lastEvent);
      this.#checkpoints.committed(bytes);
    };
    const events = { committed, failed: onWriteFailure, damaged: onDamage };
    this.writer = new Writer(file, this.#transaction, this.commits, events);
  }

  /** @throws FileLocked, UnusableFile */
  static async open(options: EventLogOptions): Promise<EventLog> {
    mkdirSync(options.directory, { recursive: true });
    const ownership = await FileLock.acquire(join(options.directory, 'events.lock'), options.ownerWaitMs);
    let file: EventFile | undefined;
    try {
      file = new EventFile(join(options.directory, 'events.db'));
      return new EventLog(ownership, file, options);
    } catch (error) {
      file?.close();
      ownership.release();
      throw error;
    }
  }

  /** The last position given out and committed; most often that of the last event. */
  get lastPosition(): number {
    return this.#transaction.lastCommitted;
  }

  status(state: StreamState): StreamStatus {
    if (this.streams.isTombstoned(state)) return 'deleted';
    return state.lastRevision < 0 || this.streams.metadata(state).softDeleted ? 'not-found' : 'found';
  }

  allForwards(from: number, to: number, limit: PageLimit): EventPage {
    return this.#recent.forwards(from, to, limit) ?? this.file.allForwards(from, to, limit);
  }

  allBackwards(from: number, limit: PageLimit): EventPage {
    return this.file.allBackwards(from, limit);
  }

  /** What reads show of a stream between two revisions, both inclusive, oldest first. */
  streamForwards(state: StreamState, from: number, to: number, limit: PageLimit): EventPage {
    const { id, first, since } = this.#window(state);
    return id === undefined ? EMPTY_PAGE : this.file.streamForwards(id, Math.max(from, first), to, since, limit);
  }

  /** What reads show of a stream from a revision down, inclusive, newest first. */
  streamBackwards(state: StreamState, from: number, limit: PageLimit): EventPage {
    const { id, first, since } = this.#window(state);
    return id === undefined ? EMPTY_PAGE : this.file.streamBackwards(id, first, from, since, limit);
  }

  /** A stream's events from a revision on, whatever its metadata hides. */
  streamUnbounded(state: StreamState, from: number, limit: PageLimit): EventPage {
    return state.id === undefined
      ? EMPTY_PAGE
      : this.file.streamForwards(state.id, from, Number.MAX_SAFE_INTEGER, 0, limit);
  }

  async close(): Promise<void> {
    await this.#checkpoints.stop();
    try {
      this.file.checkpoint('TRUNCATE');
    } catch {
      // What a full disk does not let us copy stays in the log, and the next start reads it there.
    }
    this.file.close();
    this.#mark.close();
    this.ownership.release();
  }

  #window(state: StreamState) {
    const metadata = this.streams.metadata(state);
    const first = firstReadable(metadata, state.lastRevision);
    const since = metadata.maxAgeMs === undefined ? 0 : Date.now() - metadata.maxAgeMs;
    return { id: state.id, first, since };
  }
}
