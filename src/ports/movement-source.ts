import type { JsonObject, JsonValue } from '../domain/values/json.js';

/** Movements that came in as a message. */
export interface MovementMessage {
  /** The location it may speak of: the sender's right to send it there is the right to write there. */
  readonly location: string;
  /** JSON in UTF-8: a movement, or a batch of them. */
  readonly payload: Uint8Array;
  /** The same whenever the message is handed over again. */
  readonly id: string;
}

/** What was not recorded and never will be. */
export interface RefusedMovement {
  /** A problem as HTTP callers get it (RFC 9457). */
  readonly problem: JsonObject;
  /** The movement, or the text of the whole message when it could not be read. */
  readonly payload: JsonValue;
}

export type MovementVerdict =
  /** Everything that can be recorded is durable. */
  | { readonly status: 'settled'; readonly answer: JsonObject; readonly refused: readonly RefusedMovement[] }
  /** Nothing can be said yet: the same message again later. */
  | { readonly status: 'later'; readonly reason: string };

export type MovementHandler = (message: MovementMessage) => Promise<MovementVerdict>;

/** Where movements come in, other than over HTTP. */
export abstract class MovementSource {
  /**
   * Begins to hand over messages, at least once each and those of one location one after the other; goes on by itself
   * when the source has been away. Refused ones are kept aside, where a person finds them.
   */
  abstract start(handler: MovementHandler): void;

  /** Waits for the messages that are being dealt with. */
  abstract close(): Promise<void>;
}
