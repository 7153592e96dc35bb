import type { Policy } from '../domain/stock/state.js';
import type { StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Position } from '../ports/event-store.js';
import type { StockTransactor } from './stock-streams.js';

/** What may not be promised of one SKU at one location, and the position it is shown at. */
export interface PolicyAnswer {
  readonly policy: Policy;
  /** False when nothing ever happened to it there. */
  readonly exists: boolean;
  readonly position: Position;
}

export const readPolicy = (streams: StockTransactor, key: StockKey): Promise<PolicyAnswer> =>
  streams.read(stockStream(key), ({ state, revision, position }) => ({
    policy: state.policy,
    exists: revision >= 0,
    position,
  }));
