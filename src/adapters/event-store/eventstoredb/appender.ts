import {
  type AppendOutcome,
  EventStoreUnavailable,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type RecordedEvent,
  START,
} from '../../../ports/event-store.js';
import { AppendCall } from './append-call.js';
import { type AppendReply, anotherAttempt, type EncodedAppend, encodeAppend } from './append-codec.js';
import { retryDelay } from './backoff.js';
import type { Connection } from './connection.js';
import { asRefusal } from './failure.js';
import type { Reader } from './reader.js';

export interface AppendTimes {
  /** One attempt waits so long for its reply. */
  readonly attemptTimeoutMs: number;
  /** On a call that has not had a reply yet; twice as long with each such call in a row. */
  readonly firstReplyTimeoutMs: number;
  /** All attempts together. */
  readonly totalTimeoutMs: number;
}

/** Newest events looked at for the ids of an append that named no revision. */
const LOOK_BACK = 4_096;

/**
 * Appends until the outcome is known. Every attempt has the same ids and the same expected revision, so that the
 * store recognises what it has written already.
 */
export class Appender {
  /** One call for all appends, opened anew once it is over. */
  private call: AppendCall | undefined;
  private opening: Promise<AppendCall> | undefined;
  /** So many calls in a row ended without a reply. */
  private muteCalls = 0;

  constructor(
    private readonly connection: Pick<Connection, 'batchAppend' | 'renew'>,
    private readonly reader: Pick<Reader, 'readStream'>,
    private readonly times: AppendTimes,
    private readonly closing: AbortSignal,
  ) {}

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendOutcome> {
    const ids = events.map(({ id }) => id);
    return this.send(stream, expected, ids, encodeAppend(stream, expected, events));
  }

  /** Until the reply nothing of the events is kept but their ids and the bytes sent: many appends wait for theirs. */
  private async send(
    stream: string,
    expected: ExpectedRevision,
    ids: readonly string[],
    first: EncodedAppend,
  ): Promise<AppendOutcome> {
    let encoded = first;
    const deadlineMs = performance.now() + this.times.totalTimeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.attempt(encoded, deadlineMs);
      switch (reply.kind) {
        case 'appended': {
          const position = reply.position ?? (await this.newestPosition(stream));
          return { status: 'appended', revision: reply.revision, position };
        }
        case 'conflict': {
          const written = attempt > 1 ? await this.findWritten(stream, expected, ids) : undefined;
          return written ?? { status: 'conflict', revision: reply.revision };
        }
        case 'refused':
          throw asRefusal(`The event store refused an append to ${stream}`, reply.code, reply.cause);
        case 'unknown': {
          await retryDelay(attempt, this.closing);
          if (performance.now() >= deadlineMs || this.closing.aborted) {
            const cause = `outcome unknown after ${attempt} attempts: ${reply.cause}`;
            throw new EventStoreUnavailable(`Append to ${stream}: ${cause}`);
          }
          const written = expected === 'any' ? await this.findWritten(stream, expected, ids) : undefined;
          if (written !== undefined) return written;
          encoded = anotherAttempt(encoded);
        }
      }
    }
  }

  private attempt(encoded: EncodedAppend, deadlineMs: number): Promise<AppendReply> {
    if (this.call === undefined || this.call.isOver) return this.openAndSend(encoded, deadlineMs);
    return this.sendOn(this.call, encoded, deadlineMs);
  }

  private sendOn(call: AppendCall, encoded: EncodedAppend, deadlineMs: number): Promise<AppendReply> {
    const { attemptTimeoutMs, firstReplyTimeoutMs } = this.times;
    const patienceMs = call.hasAnswered ? attemptTimeoutMs : firstReplyTimeoutMs * 2 ** this.muteCalls;
    return call.send(encoded, Math.min(patienceMs, attemptTimeoutMs, deadlineMs - performance.now()));
  }

  private async openAndSend(encoded: EncodedAppend, deadlineMs: number): Promise<AppendReply> {
    try {
      this.opening ??= this.open();
      const call = await this.opening;
      return await this.sendOn(call, encoded, deadlineMs);
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      return { kind: 'unknown', cause: error.message };
    }
  }

  private async open(): Promise<AppendCall> {
    try {
      if (this.call !== undefined) this.muteCalls = this.call.hasAnswered ? 0 : this.muteCalls + 1;
      this.call = undefined;
      this.call = new AppendCall(await this.connection.batchAppend(), () => this.connection.renew());
      return this.call;
    } finally {
      this.opening = undefined;
    }
  }

  /** The outcome of an append whose reply was lost, when its ids are where it would have put them. */
  private async findWritten(
    stream: string,
    expected: ExpectedRevision,
    ids: readonly string[],
  ): Promise<AppendOutcome | undefined> {
    const stored: RecordedEvent[] = [];
    if (expected === 'any') {
      const newest = this.reader.readStream(stream, { direction: 'backwards', maxCount: LOOK_BACK });
      for await (const event of newest) stored.push(event);
      stored.reverse();
    } else {
      const from = expected === 'no-stream' ? 0 : expected + 1;
      for await (const event of this.reader.readStream(stream, { from, maxCount: ids.length })) stored.push(event);
    }
    const first = expected === 'any' ? stored.findIndex(({ id }) => id === ids[0]) : 0;
    const there = first < 0 ? [] : stored.slice(first, first + ids.length);
    const last = there.at(-1);
    if (last === undefined || !ids.every((id, index) => there[index]?.id === id)) return undefined;
    return { status: 'appended', revision: last.revision, position: last.position };
  }

  /** Stands in for the position of an event that has been truncated: not before it, and known. */
  private async newestPosition(stream: string): Promise<Position> {
    for await (const event of this.reader.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
      return event.position;
    }
    return START;
  }
}
