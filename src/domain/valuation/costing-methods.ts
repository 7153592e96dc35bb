import type { Costing } from './costing.js';
import { Fifo } from './fifo.js';
import { MovingAverage } from './moving-average.js';
import type { ValuationState } from './state.js';

/** How a stock is costed by its terms. */
export function costingOf({ terms, layers }: ValuationState): Costing {
  switch (terms.method) {
    case 'moving-average':
      return new MovingAverage();
    case 'fifo':
      return new Fifo(layers);
  }
}
