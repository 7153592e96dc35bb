import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected } from '../../domain/rejected.js';
import {
  type Accepted,
  attemptKey,
  type CartHold,
  cartKey,
  type Requested,
  type Shortfall,
} from '../../domain/reservation/process/events.js';
import { type CartRequest, sameRequest } from '../../domain/reservation/process/request.js';
import type { Cart } from '../../domain/reservation/process/state.js';
import { acceptedCart } from '../../domain/reservation/process/status.js';
import { type CartKey, cartKeyOf, cartStream } from '../../domain/reservation/reservation-id.js';
import { FulfilmentTransactor } from '../../streams/fulfilment-streams.js';
import type { Caller, Recorded } from '../../streams/stream-kind.js';
import type { Acquired, Acquisition } from './acquisition.js';
import { CartDesk, newEvent } from './cart-desk.js';
import { withGroups } from './group-lines.js';
import { releaseAll } from './holds.js';
import type { MayUse } from './requested-change.js';
import type { ReserveAnswer } from './reserve-hold.js';

/** Holds units of several lines, or of lines that leave their location open: all of them or, if allowed, in part. */
export class ReserveCart extends Command<ReserveAnswer | Rejected> {
  constructor(
    /** The locations of groups are looked up here. */
    readonly request: CartRequest,
    readonly mayUse: MayUse,
    readonly caller: Caller,
  ) {
    super();
  }
}

/** Attempts of one call, when others keep giving up what it began because it is too slow. */
const MAX_ATTEMPTS = 3;

@CommandHandler(ReserveCart)
export class ReserveCartHandler implements ICommandHandler<ReserveCart> {
  constructor(
    @Inject(CartDesk) private readonly desk: CartDesk,
    @Inject(FulfilmentTransactor) private readonly groups: FulfilmentTransactor,
  ) {}

  async execute({ request, mayUse, caller }: ReserveCart): Promise<ReserveAnswer | Rejected> {
    const resolved = await withGroups(this.groups, request, mayUse);
    return resolved instanceof Rejected ? resolved : this.reserve(resolved, caller);
  }

  private async reserve(request: CartRequest, caller: Caller): Promise<ReserveAnswer | Rejected> {
    const key = cartKeyOf(request.reference);
    let attempt = 0;
    let named = 0;
    for (let made = 0; made < MAX_ATTEMPTS; ) {
      const acquisition = this.desk.acquisition(request, caller);
      const naming = this.desk.naming(key, named);
      const holds = naming(await acquisition.firstPlan());
      const requested = newEvent(
        await this.desk.execute(key, { type: 'request-cart', attempt, request, holds }, caller),
      )?.event;
      if (requested?.type === 'Requested') {
        made += 1;
        const answer = await this.attempt(key, requested, acquisition, naming, caller);
        if (answer !== undefined) return answer;
      }
      const cart = await this.decidedCart(key, caller);
      if (!sameRequest(cart.request, request)) return referenceReused(request);
      if (cart.rejection?.reason !== 'abandoned') return this.answerAgain(key, cart);
      attempt = cart.attempt + 1;
      named = cart.named;
    }
    return new Rejected('reservation-ended', 'The time to live was over before all units were held.', {
      state: 'expired',
    });
  }

  /** Undefined when the attempt came to nothing for no reason of its own. */
  private async attempt(
    key: CartKey,
    requested: Requested,
    acquisition: Acquisition,
    naming: ReturnType<CartDesk['naming']>,
    caller: Caller,
  ): Promise<ReserveAnswer | Rejected | undefined> {
    const { attempt, holds, expiresAt } = requested;
    const acquired = await acquisition.run(holds, expiresAt, (plan, round) =>
      this.desk.sourceAnew(key, attemptKey(attempt), round, naming(plan), caller),
    );
    const decided = await this.decide(key, requested, acquired, caller);
    if (decided === undefined) {
      // Somebody has given it up: what was held meanwhile goes back.
      await releaseAll(this.desk.stock, acquired.held, caller);
      return undefined;
    }
    const { event, position } = decided;
    if (event.type === 'Accepted') return { reservation: acceptedCart(key, requested, event), position, isNew: true };
    if (event.type !== 'Rejected') throw new Error(`${key}: ${event.type} decides nothing.`);
    await this.desk.driver.release(key, { of: attemptKey(attempt), holds: event.release }, caller);
    return event.reason === 'abandoned' ? undefined : insufficient(event.shortfalls);
  }

  private async decide(
    key: CartKey,
    { attempt, request }: Requested,
    { held, shortfalls, tooLate }: Acquired,
    caller: Caller,
  ) {
    const enough = shortfalls.length === 0 || (request.partial && held.length > 0);
    const reason = tooLate ? 'abandoned' : 'insufficient';
    const outcome = await this.desk.execute(
      key,
      enough && !tooLate
        ? { type: 'accept-cart', attempt, holds: inLineOrder(held), missing: shortfalls }
        : { type: 'reject-cart', attempt, reason, shortfalls, release: held },
      caller,
    );
    return newEvent(outcome);
  }

  /** The cart once its present attempt is decided, and nothing of it has to be given back any more. */
  private async decidedCart(key: CartKey, caller: Caller): Promise<Cart> {
    while (true) {
      const reading = await this.desk.reader.cart(key);
      if (reading === undefined) throw new Error(`${key}: a request left no event.`);
      const { cart } = reading;
      if (cart.phase === 'accepted' || (cart.phase === 'rejected' && cart.release === undefined)) return cart;
      await this.desk.finisher.help(key, cart, caller);
    }
  }

  /** The first answer once more, whatever has become of the reservation since. */
  private answerAgain(key: CartKey, { attempt, rejection }: Cart): Promise<ReserveAnswer | Rejected> {
    if (rejection !== undefined) return Promise.resolve(insufficient(rejection.shortfalls));
    return this.desk.carts.read(cartStream(key), async (stream) => {
      const [asked, accepted] = await stream.eventsUnder(cartKey.requested(attempt), cartKey.decided(attempt));
      const requested = asked?.event;
      if (requested?.type !== 'Requested' || !isAccepted(accepted)) throw new Error(`${key}: an answer is missing.`);
      return {
        reservation: acceptedCart(key, requested, accepted.event),
        position: accepted.position,
        isNew: false,
      };
    });
  }
}

const isAccepted = (recorded: Recorded<{ type: string }> | undefined): recorded is Recorded<Accepted> =>
  recorded?.event.type === 'Accepted';

const inLineOrder = (holds: readonly CartHold[]): readonly CartHold[] => [...holds].sort((a, b) => a.line - b.line);

const referenceReused = ({ reference }: CartRequest): Rejected =>
  new Rejected('reference-reused', 'This reference stands for another reservation.', { reference });

export const insufficient = (shortfalls: readonly Shortfall[]): Rejected =>
  new Rejected('insufficient', `${shortfalls.length} lines cannot be served in full.`, {
    lines: shortfalls.map((line) => ({ ...line })),
  });
