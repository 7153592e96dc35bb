import type { Instant } from '../values/instant.js';
import type { Movement, StockEvent } from './events.js';
import { isMovement } from './events.js';
import type { OnHand } from './state.js';
import { isBefore, movedUnits, NO_STOCK, plus } from './state.js';

/**
 * Stock as it truly was at an instant of business time, from all that is known today: late facts are in it, later ones
 * are not. It owes nothing to the order in which the facts came.
 */
export function onHandAsItWas(events: Iterable<StockEvent>, at: Instant): OnHand {
  const facts: Movement[] = [];
  for (const event of events) if (isMovement(event) && event.occurredAt <= at) facts.push(event);
  facts.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  let onHand = NO_STOCK.onHand;
  for (const fact of facts) {
    onHand = fact.type === 'Counted' ? { ...onHand, [fact.disposition]: fact.counted } : plus(onHand, movedUnits(fact));
  }
  return onHand;
}
