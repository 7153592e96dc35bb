import type { EventLog } from '../storage/event-log.js';
import type { Caller } from './access.js';
import type { OpenCalls } from './open-calls.js';
import type { ReadTurns } from './read-turns.js';

/** What a call is handled with. */
export interface NodeContext {
  readonly log: EventLog;
  readonly caller: Caller;
  readonly openCalls: OpenCalls;
  readonly turns: ReadTurns;
}
