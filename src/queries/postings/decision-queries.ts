import { Inject, Injectable } from '@nestjs/common';
import { EventStore } from '../../ports/event-store.js';
import { DecisionsLog } from '../../streams/decision-streams.js';
import { type DecisionView, viewOf } from '../../streams/decision-view.js';

/** Decisions on many postings, from their streams. */
@Injectable()
export class DecisionQueries {
  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  /** Undefined when no one of the connectors has a decision with this id. */
  async byId(connectors: readonly string[], id: string): Promise<DecisionView | undefined> {
    for (const connector of connectors) {
      const log = new DecisionsLog(this.store, connector);
      await log.readOn();
      const decision = log.decisions.get(id);
      if (decision !== undefined) return viewOf(this.store, log, decision);
    }
    return undefined;
  }
}
