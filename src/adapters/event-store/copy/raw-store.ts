import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, StreamDeletedError } from '@eventstore/db-client';
import { AppendCall } from '../eventstoredb/append-call.js';
import { anotherAttempt, type EncodedAppend } from '../eventstoredb/append-codec.js';
import { Connection } from '../eventstoredb/connection.js';
import { classify } from '../eventstoredb/failure.js';
import { encodeAllRead, encodeStreamRead } from '../eventstoredb/read-codec.js';
import { decodeStored, type StoredEvent } from './stored-event.js';

const OPEN_TIMEOUT_MS = 10_000;
const APPEND_TIMEOUT_MS = 10_000;
/** Without any success for so long, the store is given up. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/** The store cannot be used; the message tells a person why. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed';
}

export type AppendResult =
  | { readonly status: 'appended' }
  /** `unknown`: it may be written or not; `conflict`: some of it is, or somebody else writes there. */
  | { readonly status: 'unknown' | 'conflict' | 'failed'; readonly cause: string };

/** A store by its connection string, with content as bytes. */
export class RawStore {
  readonly #connection: Connection;
  #client: EventStoreDBClient | undefined;
  #call: AppendCall | undefined;
  /** Something was read of it: it is there, and will be again. */
  #isKnown = false;

  /** @throws StoreFailed when the connection string is malformed */
  constructor(private readonly url: string) {
    try {
      this.#connection = new Connection(url, OPEN_TIMEOUT_MS);
    } catch (error) {
      throw this.#failed('has a connection string that is not understood', error);
    }
  }

  /** Without the credentials in it. */
  get name(): string {
    return this.url.replace(/\/\/[^@/]*@/, '//');
  }

  /**
   * Every event of all streams behind the position, one of this store's or 0, up to what is the end now, in their
   * order. A read that breaks off goes on.
   */
  async *all(after: bigint): AsyncGenerator<StoredEvent> {
    let last = after;
    let giveUpAtMs = 0;
    while (true) {
      const from = last === 0n ? 'start' : last;
      const request = encodeAllRead({ from, streamPrefixes: [''], limit: { maxCount: Number.MAX_SAFE_INTEGER } });
      try {
        for await (const event of this.#read(request)) {
          this.#isKnown = true;
          if (event.position <= last) continue;
          yield event;
          last = event.position;
          giveUpAtMs = 0;
        }
        this.#isKnown = true;
        return;
      } catch (error) {
        const now = performance.now();
        if (giveUpAtMs === 0) giveUpAtMs = now + PATIENCE_MS;
        if (!this.#isKnown || now > giveUpAtMs || classify(error) === 'refused') {
          throw this.#failed('cannot be read', error);
        }
        await sleep(PAUSE_MS);
      }
    }
  }

  /** The last event that the stream shows. */
  async newest(stream: string): Promise<StoredEvent | undefined> {
    try {
      const request = encodeStreamRead({ stream, from: 'end', backwards: true, maxCount: 1 });
      for await (const event of this.#read(request)) return event;
      return undefined;
    } catch (error) {
      throw this.#failed('cannot be read', error);
    }
  }

  /** Ids of the events that the stream shows from this revision on, as far as they are in a row. */
  async idsFrom(stream: string, revision: number, maxCount: number): Promise<readonly string[]> {
    const ids: string[] = [];
    const request = encodeStreamRead({ stream, from: revision, backwards: false, maxCount });
    for await (const event of this.#read(request)) {
      if (event.revision !== revision + ids.length) break;
      ids.push(event.id);
    }
    return ids;
  }

  /** Opens the call on which all appends go. */
  async open(): Promise<void> {
    if (this.#call !== undefined && !this.#call.isOver) return;
    this.#call = new AppendCall(await this.#connection.batchAppend(), () => this.#connection.renew());
  }

  /** One attempt, behind all that was sent before it since {@link open}. Without an open call it is not sent. */
  async append(append: EncodedAppend): Promise<AppendResult> {
    if (this.#call === undefined) return { status: 'unknown', cause: 'it cannot be reached' };
    const reply = await this.#call.send(anotherAttempt(append), APPEND_TIMEOUT_MS);
    switch (reply.kind) {
      case 'appended':
        return { status: 'appended' };
      case 'unknown':
        return { status: 'unknown', cause: reply.cause };
      case 'conflict':
        return { status: 'conflict', cause: `somebody else writes there: the stream is at revision ${reply.revision}` };
      case 'refused':
        return { status: 'failed', cause: reply.cause };
    }
  }

  /** One attempt; a stream that has been ended is ended. @throws StoreFailed */
  async remove(how: 'delete' | 'tombstone', stream: string): Promise<void> {
    this.#client ??= EventStoreDBClient.connectionString(this.url);
    try {
      if (how === 'delete') await this.#client.deleteStream(stream);
      else await this.#client.tombstoneStream(stream);
    } catch (error) {
      if (how === 'tombstone' && error instanceof StreamDeletedError) return;
      throw this.#failed(`does not ${how} ${stream}`, error);
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
    await this.#client?.dispose();
  }

  async *#read(request: Buffer): AsyncGenerator<StoredEvent> {
    const call = await this.#connection.read(request);
    try {
      for await (const message of call) {
        const event = decodeStored(message);
        if (event !== undefined) yield event;
      }
    } finally {
      call.on('error', () => undefined);
      call.cancel();
    }
  }

  #failed(what: string, error: unknown): StoreFailed {
    return new StoreFailed(`${this.name} ${what}: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
