import type { CartCommand } from '../../domain/reservation/process/commands.js';
import type { CartEvent, CartHold } from '../../domain/reservation/process/events.js';
import type { CartRequest } from '../../domain/reservation/process/request.js';
import type { Allocation, Demand } from '../../domain/reservation/process/sourcing.js';
import { type CartKey, cartStream, holdReference } from '../../domain/reservation/reservation-id.js';
import type { AvailabilityStore } from '../../ports/availability-store.js';
import type { Clock } from '../../ports/clock.js';
import type { ReservationReader } from '../../streams/reservation-reader.js';
import type { ReservationTransactor } from '../../streams/reservation-streams.js';
import type { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller, Outcome, Recorded } from '../../streams/stream-kind.js';
import { Acquisition } from './acquisition.js';
import { CartFinisher } from './cart-finisher.js';
import { ChangeDriver } from './change-driver.js';
import { StockFigures } from './stock-figures.js';

/** Everything that work on carts needs. */
export class CartDesk {
  readonly driver: ChangeDriver;
  readonly finisher: CartFinisher;
  private readonly figures: StockFigures;

  constructor(
    readonly stock: StockTransactor,
    readonly carts: ReservationTransactor,
    readonly reader: ReservationReader,
    model: AvailabilityStore,
    readonly clock: Clock,
  ) {
    this.driver = new ChangeDriver(stock, carts, clock);
    this.finisher = new CartFinisher(carts, reader, this.driver, clock);
    this.figures = new StockFigures(stock, model, clock);
  }

  execute(key: CartKey, command: CartCommand, caller: Caller): Promise<Outcome<CartEvent>> {
    return this.carts.execute(cartStream(key), command, caller);
  }

  acquisition(request: CartRequest, caller: Caller, demands?: readonly Demand[]): Acquisition {
    return new Acquisition(this.stock, this.figures, request, caller, demands);
  }

  /** Names holds in the order in which a cart tries them, each once in its life. */
  naming(key: CartKey, named: number): (plan: readonly Allocation[]) => readonly CartHold[] {
    let next = named;
    return (plan) => plan.map((allocation) => ({ reference: holdReference(key, next++), ...allocation }));
  }

  /** Writes down that further holds will be tried; none when that is no longer wanted. */
  async sourceAnew(
    key: CartKey,
    of: string,
    round: number,
    holds: readonly CartHold[],
    caller: Caller,
  ): Promise<readonly CartHold[]> {
    const outcome = await this.execute(key, { type: 'source-anew', of, round, holds }, caller);
    return newEvent(outcome) === undefined ? [] : holds;
  }
}

/** The event that a command caused now; undefined when there was one before, or none is wanted. */
export const newEvent = (outcome: Outcome<CartEvent>): Recorded<CartEvent> | undefined =>
  outcome.status === 'done' ? outcome.events.at(-1) : undefined;
