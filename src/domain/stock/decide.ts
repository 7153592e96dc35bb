import type { DecisionContext } from '../decider.js';
import type { Rejected } from '../rejected.js';
import type { Instant } from '../values/instant.js';
import type { StockCommand } from './commands.js';
import { cancelSupply, expectSupply, setPolicy } from './decide-change.js';
import { cancelHold, confirmHold, extendHold, fulfilHold, released, reserve } from './decide-hold.js';
import { recordMovement } from './decide-movement.js';
import type { StockEvent } from './events.js';
import type { StockState } from './state.js';
import { evolve } from './state.js';

export function decide(
  state: StockState,
  command: StockCommand,
  context: DecisionContext<StockEvent>,
): readonly StockEvent[] | Rejected {
  switch (command.type) {
    case 'record-movement':
      return recordMovement(state, command, context);
    case 'reserve':
      return reserve(state, command, context.now);
    case 'confirm-hold':
      return confirmHold(state, command, context.now);
    case 'extend-hold':
      return extendHold(state, command, context.now);
    case 'cancel-hold':
      return cancelHold(state, command, context.now);
    case 'fulfil-hold':
      return fulfilHold(state, command, context.now);
    case 'expect-supply':
      return expectSupply(state, command, context.now);
    case 'cancel-supply':
      return cancelSupply(state, command, context.now);
    case 'set-policy':
      return setPolicy(state, command, context.now);
  }
}

/** The end of every hold whose second has come: written with the next decision, so that no clock can sell it twice. */
export function due(state: StockState, now: Instant, limit: number): readonly StockEvent[] {
  return state.holds
    .expired(now)
    .slice(0, limit)
    .map(([reference, hold]) => released(reference, hold, now, 'expired'));
}

/** The state at an instant: holds that have expired by then are no longer in it. */
export const stateAt = (state: StockState, now: Instant): StockState =>
  due(state, now, Number.POSITIVE_INFINITY).reduce(evolve, state);

/** A count that comes after newer facts must know them: it keeps what they did. */
export const needsHistory = (state: StockState, command: StockCommand): boolean =>
  command.type === 'record-movement' &&
  command.movement.type === 'Counted' &&
  command.movement.occurredAt <= state.newestFactAt;
