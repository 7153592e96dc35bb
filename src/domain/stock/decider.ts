import type { Decider } from '../decider.js';
import type { StockCommand } from './commands.js';
import { decide, due, needsHistory } from './decide.js';
import type { StockEvent } from './events.js';
import type { StockState } from './state.js';
import { evolve, NO_STOCK } from './state.js';

export const stockDecider: Decider<StockCommand, StockEvent, StockState> = {
  initial: NO_STOCK,
  evolve,
  decide,
  needsHistory,
  due,
};
