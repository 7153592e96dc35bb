import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commits } from './commits.js';
import { type EventFile, PAGE_BYTES } from './event-file.js';
import { GroupLimit } from './group-limit.js';
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

/** So many are worth a sync at once: to wait for more would leave the clients idle meanwhile. */
const ENOUGH_WRITES = 128;
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
  readonly #limit = new GroupLimit();

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
    this.#gather(0);
  }

  /** Waits while the event loop still brings more: the server takes but a few messages from a connection each turn. */
  #gather(before: number): void {
    setImmediate(() => {
      const { length } = this.#queue;
      if (length > before && length < ENOUGH_WRITES) return this.#gather(length);
      this.#scheduled = false;
      this.#commitGroup();
      this.#schedule();
    });
  }

  #commitGroup(): void {
    let outcomes: readonly WriteOutcome[] | undefined;
    let touched: readonly string[] = [];
    try {
      if (this.#suspect) this.#recover();
      outcomes = this.#write();
      touched = this.transaction.committed();
    } catch (error) {
      outcomes = undefined;
      this.#abandon(error);
    }
    // Whoever waits behind a write that the disk refused would only be told the same later.
    const group = this.#queue.splice(0, outcomes?.length ?? this.#queue.length);
    const bytes = group.reduce((sum, queued) => sum + queued.bytes, 0);
    this.#queuedBytes -= bytes;
    for (const [index, queued] of group.entries()) queued.answer(outcomes?.[index] ?? { status: 'failed' });
    if (!this.full) for (const resume of this.#waitingForRoom.splice(0)) resume();
    if (touched.length === 0) return;
    this.commits.announce(touched);
    this.events.committed(bytes + group.length * OVERHEAD_BYTES);
  }

  /** Commits as many writes from the front of the queue as make a group. */
  #write(): WriteOutcome[] {
    const now = Date.now();
    const outcomes: WriteOutcome[] = [];
    this.#limit.begin();
    this.file.begin();
    for (const { write, deadline, bytes } of this.#queue) {
      if (!this.#limit.admits(bytes)) break;
      outcomes.push(deadline <= now ? { status: 'timeout' } : this.#apply(write));
    }
    const startedAtMs = performance.now();
    this.file.commit();
    this.#limit.committed(performance.now() - startedAtMs);
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
