import type { ManyDecision } from '../domain/delivery/decisions/state.js';
import type { EventStore, Position } from '../ports/event-store.js';
import { type Backlog, readBacklog } from './backlog.js';
import type { DecisionsLog } from './decision-streams.js';

/** A decision on many postings as it is, or would be. */
export interface DecisionView {
  readonly connector: string;
  readonly decision: ManyDecision;
  /** What it is about and has not come to an end. */
  readonly backlog: Backlog;
  readonly position: Position;
}

/** What has become of a decision, and what it is still about. */
export async function viewOf(store: EventStore, log: DecisionsLog, decision: ManyDecision): Promise<DecisionView> {
  const { connector, position } = log;
  const { filter, until } = decision.wanted;
  const backlog = await readBacklog(store, connector, filter, until === null ? decision.upTo : null);
  return { connector, decision, backlog, position };
}
