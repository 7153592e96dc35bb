import type { Rejected } from './rejected.js';
import type { Instant } from './values/instant.js';

/** What a decision may know besides state and command. */
export interface DecisionContext<Event> {
  readonly now: Instant;
  /** All events of the stream, oldest first: given only to commands that {@link Decider.needsHistory}. */
  readonly history?: readonly Event[];
}

/** The rules of one kind of stream: pure, so that a test or a replay can run them anywhere. */
export interface Decider<Command, Event, State> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
  /** The events that the command causes, `[]` when its effect already holds, or why it is refused. */
  decide(state: State, command: Command, context: DecisionContext<Event>): readonly Event[] | Rejected;
  /** True when the state alone cannot decide this command. */
  needsHistory(state: State, command: Command): boolean;
  /** Events that are due whatever is asked, e.g. the end of expired holds, at most `limit` of them. */
  due(state: State, now: Instant, limit: number): readonly Event[];
}
