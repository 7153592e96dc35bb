import {
  EventStoreRefused,
  EventStoreUnavailable,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  START,
} from '../../../ports/event-store.js';
import { retryDelay } from './backoff.js';
import type { Connection } from './connection.js';
import { ReadCall } from './read-call.js';
import { encodeAllRead, encodeStreamRead } from './read-codec.js';

export interface ReadTimes {
  /** A read may wait so long for its next event. */
  readonly idleTimeoutMs: number;
  /** So long the head is searched for, before the newest events have to do. */
  readonly headSearchMs: number;
  /** A read that broke off is resumed for so long since its last event. */
  readonly resumeForMs: number;
}

const TAKEN_AT_ONCE = 1_024;
/** Several times as many as a subscription looks at between two checkpoints: it passes the oldest of them for sure. */
const RECENT_EVENTS = 4_096;
const SEARCH = 'Head of all streams';
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Reads that come to an end. One that breaks off goes on behind the last event it delivered. */
export class Reader {
  constructor(
    private readonly connection: Connection,
    private readonly times: ReadTimes,
    private readonly closing: AbortSignal,
  ) {}

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    const backwards = options.direction === 'backwards';
    const first = options.from ?? (backwards ? 'end' : 'start');
    return this.resumed(`Read of ${stream}`, options.maxCount, (last, maxCount) => {
      if (last === undefined) return encodeStreamRead({ stream, from: first, backwards, maxCount });
      if (backwards && last.revision === 0) return undefined;
      return encodeStreamRead({ stream, from: last.revision + (backwards ? -1 : 1), backwards, maxCount });
    });
  }

  async *readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    const { from, after = START, streamPrefixes = [], maxCount = UNLIMITED } = options;
    if (maxCount <= 0) return;
    let left = maxCount;
    // The store begins with the event at the position itself, which may match or not.
    const events = this.resumed('Read of all streams', UNLIMITED, (last) => {
      const first = last?.position ?? from ?? after;
      const limit = { maxCount: Math.min(UNLIMITED, left + 1) };
      return encodeAllRead({ from: first === START ? 'start' : first, streamPrefixes, limit });
    });
    let position = from === undefined ? after : from - 1n;
    for await (const event of events) {
      if (event.position <= position) continue;
      position = event.position;
      yield event;
      left -= 1;
      if (left === 0) return;
    }
  }

  async end(): Promise<Position> {
    const newest = this.resumed('End of all streams', 1, () =>
      encodeAllRead({ from: 'end', backwards: true, streamPrefixes: 'every stream', limit: { maxCount: 1 } }),
    );
    for await (const { position } of newest) return position;
    return START;
  }

  /** The server searches backwards, through everything when nothing matches: after a while the newest events must do. */
  async head(streamPrefixes: readonly string[]): Promise<Position> {
    return (await this.searchHead(streamPrefixes)) ?? this.headOfRecent(streamPrefixes);
  }

  /** @returns undefined when it takes too long, or the store is away */
  private async searchHead(streamPrefixes: readonly string[]): Promise<Position | undefined> {
    const request = encodeAllRead({ from: 'end', backwards: true, streamPrefixes, limit: { maxCount: 1 } });
    try {
      const call = new ReadCall(await this.connection.read(request), SEARCH);
      try {
        const messages = await call.take(1, this.times.headSearchMs);
        if (messages === 'silent') return undefined;
        const [message] = messages === 'ended' ? [] : messages;
        return message?.kind === 'event' ? message.event.position : START;
      } finally {
        call.cancel();
      }
    } catch (error) {
      if (error instanceof EventStoreUnavailable) return undefined;
      throw error;
    }
  }

  /** @returns the position of the oldest event looked at, when none of them matches */
  private async headOfRecent(streamPrefixes: readonly string[]): Promise<Position> {
    const events = this.resumed(SEARCH, RECENT_EVENTS, (last, maxCount) =>
      encodeAllRead({ from: last?.position ?? 'end', backwards: true, streamPrefixes: [], limit: { maxCount } }),
    );
    const matches = (stream: string) =>
      streamPrefixes.length === 0 || streamPrefixes.some((prefix) => stream.startsWith(prefix));
    let seen = 0;
    let oldest = START;
    for await (const { stream, position } of events) {
      if (matches(stream)) return position;
      oldest = position;
      seen += 1;
    }
    return seen < RECENT_EVENTS ? START : oldest;
  }

  /**
   * @param request what is left to read after the event delivered last; undefined when that is nothing
   * @throws EventStoreUnavailable
   */
  private async *resumed(
    what: string,
    maxCount = UNLIMITED,
    request: (last: RecordedEvent | undefined, maxCount: number) => Buffer | undefined,
  ): AsyncGenerator<RecordedEvent> {
    let last: RecordedEvent | undefined;
    let left = maxCount;
    let giveUpAtMs = performance.now() + this.times.resumeForMs;
    for (let attempt = 1; left > 0; attempt += 1) {
      const remaining = request(last, left);
      if (remaining === undefined) return;
      try {
        for await (const event of this.once(what, remaining)) {
          last = event;
          left -= 1;
          yield event;
          attempt = 0;
          giveUpAtMs = performance.now() + this.times.resumeForMs;
        }
        return;
      } catch (error) {
        const mayPass = error instanceof EventStoreUnavailable && !(error instanceof EventStoreRefused);
        const resumable = mayPass && !this.closing.aborted;
        if (!resumable || performance.now() >= giveUpAtMs) throw error;
        await retryDelay(attempt + 1, this.closing);
      }
    }
  }

  private async *once(what: string, request: Buffer): AsyncGenerator<RecordedEvent> {
    const { idleTimeoutMs } = this.times;
    const call = new ReadCall(await this.connection.read(request), what);
    try {
      while (true) {
        const messages = await call.take(TAKEN_AT_ONCE, idleTimeoutMs);
        if (messages === 'ended') return;
        if (messages === 'silent') {
          this.connection.renew();
          throw new EventStoreUnavailable(`${what}: silent for ${idleTimeoutMs} ms`);
        }
        for (const message of messages) {
          if (message.kind === 'event') yield message.event;
        }
      }
    } finally {
      call.cancel();
    }
  }
}
