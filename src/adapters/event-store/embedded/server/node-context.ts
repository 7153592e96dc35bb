import type { EventLog } from '../storage/event-log.js';
import type { Access } from './access.js';
import type { OpenCalls } from './open-calls.js';
import type { ReadTurns } from './read-turns.js';

/** What every handler works with. */
export interface NodeContext {
  readonly log: EventLog;
  readonly access: Access;
  readonly openCalls: OpenCalls;
  readonly turns: ReadTurns;
}
