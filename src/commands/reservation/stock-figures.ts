import { availableAt } from '../../domain/availability/cell.js';
import { availableToPromise, type PromiseTerms } from '../../domain/availability/promise.js';
import { stateAt } from '../../domain/stock/decide.js';
import { figuresOf } from '../../domain/stock/state.js';
import type { LocationId, Sku, StockKey } from '../../domain/values/identifiers.js';
import { stockStream } from '../../domain/values/identifiers.js';
import type { AvailabilityStore } from '../../ports/availability-store.js';
import { ReadModelUnavailable } from '../../ports/availability-store.js';
import type { Clock } from '../../ports/clock.js';
import type { StockTransactor } from '../../streams/stock-streams.js';

/** What is available at places, as a hint from the read model or as the streams tell it now. */
export class StockFigures {
  constructor(
    private readonly stock: StockTransactor,
    private readonly model: AvailabilityStore,
    private readonly clock: Clock,
  ) {}

  /** Fast and perhaps a little old; undefined for what the read model cannot say, all of it when it is away. */
  async hints(skus: readonly Sku[], terms: PromiseTerms): Promise<(place: StockKey) => number | undefined> {
    const now = this.clock.now();
    const answer = await this.model.read(skus).catch(orNothing);
    const cells = new Map(answer?.items.map((item) => [item?.sku, item?.cells]));
    return ({ sku, location }) => {
      const cell = cells.get(sku)?.get(location);
      return cell === undefined ? undefined : availableAt(cell, now, terms);
    };
  }

  /** What the stream of the place says now. */
  ask(sku: Sku, location: LocationId, terms: PromiseTerms): Promise<number> {
    return this.stock.read(stockStream({ sku, location }), ({ state }) => {
      const now = this.clock.now();
      return availableToPromise(figuresOf(stateAt(state, now)), now, terms);
    });
  }
}

function orNothing(error: unknown): undefined {
  if (!(error instanceof ReadModelUnavailable)) throw error;
}
