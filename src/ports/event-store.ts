import type { JsonObject } from '../domain/values/json.js';

/**
 * A place in the store's total order. Comparable within one store only; see {@link EventStore.identity}. Nothing to
 * reckon with: reading begins at positions that the store has given, and at no others.
 */
export type Position = bigint;

/** Before the first event of any store. */
export const START: Position = 0n;

/** The revision a stream must have for an append to happen; `'no-stream'` means that it must not exist yet. */
export type ExpectedRevision = number | 'no-stream' | 'any';

export interface NewEvent {
  /** Uuid, derived from the command: the same command gives the same id again. */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /** Counts from 0 within the stream. */
  readonly revision: number;
  readonly position: Position;
}

export type AppendOutcome =
  | {
      readonly status: 'appended';
      /** Revision of the last event appended. */
      readonly revision: number;
      readonly position: Position;
    }
  | {
      readonly status: 'conflict';
      /** The stream's present revision, -1 when it does not exist. */
      readonly revision: number;
    };

export interface ReadStreamOptions {
  /** First revision to read; default is the first (forwards) or the last (backwards). */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  readonly maxCount?: number;
}

export interface ReadAllOptions {
  /** Only events after this position; default {@link START}. */
  readonly after?: Position;
  /** The event at this position and those after it, instead of `after`. */
  readonly from?: Position;
  /** Only streams whose name starts with one of these; all but system streams when there is none. */
  readonly streamPrefixes?: readonly string[];
  readonly maxCount?: number;
}

export interface SubscribeOptions {
  readonly after: Position;
  /** As in {@link ReadAllOptions}. */
  readonly streamPrefixes: readonly string[];
  /** Ends the subscription without an error. */
  readonly signal: AbortSignal;
  /** At most so many events in one batch; default 1,000. */
  readonly maxBatch?: number;
  /** The consumer leaves the process to others while they are busy, and catches up later. */
  readonly mayLag?: boolean;
}

/** What arrived since the consumer last asked: the consumer's pace makes the batches. */
export interface SubscriptionBatch {
  /** In order of position; empty when only the position moved on. */
  readonly events: readonly RecordedEvent[];
  /** Everything that matches up to here has been delivered. */
  readonly position: Position;
  /** True once the history has been delivered and the subscription is live. */
  readonly live: boolean;
}

/** The record and the outbox. One adapter speaks to any EventStoreDB-compatible server, the other is for tests. */
export abstract class EventStore {
  /** A uuid written once into the store: positions of another store mean nothing here. */
  abstract identity(): Promise<string>;

  /**
   * Appends all events or none, durably. An unknown outcome is retried inside with the same ids and the same
   * expected revision. Event data summed must stay within {@link MAX_APPEND_BYTES}.
   * @throws EventStoreUnavailable when the outcome is still unknown at the deadline: look for the ids before
   *   anything else.
   */
  abstract append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendOutcome>;

  /** The events of one stream in the order asked for; nothing when it does not exist. */
  abstract readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;

  /** Events of all streams, oldest first. */
  abstract readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;

  /**
   * Position of the newest event of the matching streams, {@link START} when there is none. Where that one is too far
   * back to be found soon, a later position behind which none matches: whoever subscribes gets past it all the same.
   */
  abstract head(streamPrefixes: readonly string[]): Promise<Position>;

  /** Position of the newest event of all, system streams and others' too: the store has given none behind it. */
  abstract end(): Promise<Position>;

  /**
   * History, then live. Ends when the signal aborts; throws {@link EventStoreUnavailable} when the connection is
   * lost: the consumer subscribes again from the position it has dealt with.
   */
  abstract subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch>;

  /** Lets the store forget all but the newest events of a stream. */
  abstract keepNewest(stream: string, count: number): Promise<void>;

  abstract close(): Promise<void>;
}

/** EventStoreDB's limit on the data of one append. */
export const MAX_APPEND_BYTES = 1_048_576;

/** The store cannot be reached or did not answer in time; an append's outcome is unknown. */
export class EventStoreUnavailable extends Error {
  override readonly name: string = 'EventStoreUnavailable';
}

/** The store answers, but not to us: user, password or rights are wrong, until a person mends them. */
export class EventStoreRefused extends EventStoreUnavailable {
  override readonly name = 'EventStoreRefused';
}
