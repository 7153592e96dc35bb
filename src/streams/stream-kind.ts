import type { Decider } from '../domain/decider.js';
import type { Rejected } from '../domain/rejected.js';
import type { JsonObject } from '../domain/values/json.js';
import type { Position } from '../ports/event-store.js';

/** One kind of stream: its rules, its idempotency keys and its stored form. */
export interface StreamKind<Command, Event, State> {
  readonly decider: Decider<Command, Event, State>;
  readonly schemaVersion: number;
  /** The key of the event that shows that the command has been carried out. */
  commandKey(command: Command): string;
  /** The client's own name for the command, kept in the metadata for tracing. */
  commandId(command: Command): string;
  eventKey(event: Event): string;
  encode(event: Event): { type: string; data: JsonObject; occurredAt: string };
  decode(stored: { type: string; data: JsonObject; metadata: JsonObject }): Event;
}

/** On whose behalf a command runs; it ends up in the metadata of its events. */
export interface Caller {
  readonly actor: string;
  readonly correlationId: string;
}

/** Where an event ended up. */
export interface Recorded<Event> {
  readonly event: Event;
  readonly revision: number;
  readonly position: Position;
}

export type Outcome<Event> =
  /** Carried out now. `events` is empty when the effect held already without an event of this command. */
  | { readonly status: 'done'; readonly events: readonly Recorded<Event>[]; readonly position: Position }
  /** The stream has the event of this command already; the caller compares the content. */
  | { readonly status: 'known'; readonly recorded: Recorded<Event> }
  | { readonly status: 'rejected'; readonly rejection: Rejected };

/** Too many commands wait already; nothing of this one was stored. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}
