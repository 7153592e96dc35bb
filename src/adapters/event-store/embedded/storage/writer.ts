import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commits } from './commits.js';
import { type EventFile, PAGE_BYTES } from './event-file.js';
import { DamagedRecord } from './schema.js';
import type { Transaction, Write, WriteResult } from './transaction.js';

export type WriteOutcome =
  | WriteResult
  /** The deadline passed before its turn came: nothing was written. */
  | { readonly status: 'timeout' }
  /** The disk refused: whether it was written is for the client to find out, by its event ids. */
  | { readonly status: 'failed' };

interface Queued {
  readonly write: Write;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly bytes: number;
  readonly answer: (outcome: WriteOutcome) => void;
}

export interface WriterEvents {
  /** A commit put so many bytes into the write-ahead log. */
  readonly committed: (bytes: number) => void;
  readonly failed: (error: unknown) => void;
  /** A write needs to know what is no longer as it was written. */
  readonly damaged: (error: Error) => void;
}

/** A transaction takes what is queued, up to this: a larger one only makes everyone in it wait. */
const MAX_GROUP_BYTES = 4_194_304;
const MAX_GROUP_WRITES = 2_048;
/** So many are worth a sync at once: to wait for more would leave the clients idle meanwhile. */
const ENOUGH_WRITES = 128;
/** Turns of the event loop without a new write after which no more is waited for. */
const QUIET_TURNS = 2;
/** Above this many queued bytes clients are to wait. */
const FULL_BYTES = 33_554_432;
/** What a write costs in the log beside its own bytes: a page of the lookup. */
const OVERHEAD_BYTES = PAGE_BYTES;
const RECOVERY_PAUSE_MS = 100;

/**
 * Commits in one transaction whatever queued up while the last one was synced. One write refused never fails its
 * group, for each is decided before it writes; a failing disk fails the whole group, and nothing is accepted again
 * until what is really on the disk has been read back and synced anew.
 */
export class Writer {
  #queue: Queued[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  #suspect = false;
  #reopen = false;
  #lastRecovery = Number.NEGATIVE_INFINITY;
  #waitingForRoom: Array<() => void> = [];

  constructor(
    private readonly file: EventFile,
    private readonly transaction: Transaction,
    private readonly commits: Commits,
    private readonly events: WriterEvents,
  ) {}

  /** Resolves once everything queued has been answered. */
  async idle(): Promise<void> {
    while (this.#queue.length > 0) await nextTurn();
  }

  get full(): boolean {
    return this.#queuedBytes >= FULL_BYTES;
  }

  /** Resolves once the queue is no longer full. */
  room(): Promise<void> {
    if (!this.full) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForRoom.push(resolve));
  }

  /** Answers after the commit. `deadline` in milliseconds since 1970. */
  submit(write: Write, bytes: number, answer: (outcome: WriteOutcome) => void, deadline = Number.POSITIVE_INFINITY) {
    this.#queue.push({ write, deadline, bytes, answer });
    this.#queuedBytes += bytes;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    this.#gather(0, 0);
  }

  /** Waits while the event loop still brings more: the server takes but a few messages from a connection each turn. */
  #gather(before: number, quietTurns: number): void {
    setImmediate(() => {
      const { length } = this.#queue;
      const quiet = length > before ? 0 : quietTurns + 1;
      if (length < ENOUGH_WRITES && quiet < QUIET_TURNS) return this.#gather(length, quiet);
      this.#scheduled = false;
      this.#commitGroup(this.#takeGroup());
      this.#schedule();
    });
  }

  #takeGroup(): Queued[] {
    let bytes = 0;
    let count = 0;
    for (const queued of this.#queue) {
      if (count > 0 && (bytes + queued.bytes > MAX_GROUP_BYTES || count === MAX_GROUP_WRITES)) break;
      bytes += queued.bytes;
      count++;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  #commitGroup(group: readonly Queued[]): void {
    let outcomes: readonly WriteOutcome[] = [];
    let touched: readonly string[] = [];
    try {
      if (this.#suspect) this.#recover();
      outcomes = this.#write(group);
      touched = this.transaction.committed();
    } catch (error) {
      this.#abandon(error);
      outcomes = [];
    }
    for (const [index, queued] of group.entries()) queued.answer(outcomes[index] ?? { status: 'failed' });
    if (!this.full) for (const resume of this.#waitingForRoom.splice(0)) resume();
    if (touched.length === 0) return;
    this.commits.announce(touched);
    this.events.committed(group.reduce((sum, queued) => sum + queued.bytes + OVERHEAD_BYTES, 0));
  }

  #write(group: readonly Queued[]): WriteOutcome[] {
    const now = Date.now();
    this.file.begin();
    const outcomes = group.map(({ write, deadline }): WriteOutcome => {
      return deadline <= now ? { status: 'timeout' } : this.#apply(write);
    });
    this.file.commit();
    return outcomes;
  }

  /** An event that was damaged fails the write that asks for it, before it has written anything, and no other. */
  #apply(write: Write): WriteOutcome {
    try {
      return this.transaction.apply(write);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.events.damaged(error);
      return { status: 'failed' };
    }
  }

  #abandon(error: unknown): void {
    if (!this.#suspect) {
      this.#suspect = true;
      this.#reopen = true;
      this.events.failed(error);
    }
    this.transaction.discard();
    try {
      this.#recover();
    } catch {
      // Still failing: the next group tries again.
    }
  }

  /** A sync that failed proves nothing about later ones, so the log is read again, copied out and synced as new. */
  #recover(): void {
    if (performance.now() - this.#lastRecovery < RECOVERY_PAUSE_MS) throw new Error('the last recovery just failed');
    this.#lastRecovery = performance.now();
    this.file.rollback();
    // Once a failure: a connection closed lives on until its statements are collected.
    if (this.#reopen) this.file.reopen();
    this.#reopen = false;
    if (!this.file.checkpoint('TRUNCATE')) throw new Error('the log is in use by another process');
    this.transaction.reload();
    this.#suspect = false;
  }
}
