import type { ClientId, StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Instant } from '../domain/values/instant.js';
import type { Position } from '../ports/event-store.js';
import type { StockTransactor } from './stock-streams.js';

/** An expected receipt as it is now; quantity 0 when it was cancelled, or only ever named by a receipt. */
export interface SupplyAnswer {
  readonly quantity: number;
  readonly received: number;
  readonly open: number;
  readonly dueAt: Instant | null;
  readonly position: Position;
}

/** Undefined when nothing was ever expected, or received, under this id. */
export function readSupply(streams: StockTransactor, key: StockKey, id: ClientId): Promise<SupplyAnswer | undefined> {
  return streams.read(stockStream(key), ({ state, position }) => {
    const supply = state.supplies.get(id);
    return supply === undefined ? undefined : { ...supply, open: state.supplies.openOf(id).quantity, position };
  });
}
