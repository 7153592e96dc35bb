import { attemptKey, cartKey } from '../../domain/reservation/process/events.js';
import type { Cart } from '../../domain/reservation/process/state.js';
import { type CartKey, cartStream } from '../../domain/reservation/reservation-id.js';
import type { Clock } from '../../ports/clock.js';
import type { ReservationReader } from '../../streams/reservation-reader.js';
import type { ReservationTransactor } from '../../streams/reservation-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import type { ChangeDriver } from './change-driver.js';

/** Whoever began something that has stood open for so long is taken to be gone. */
export const GRACE_MS = 5_000;
/** The first look again comes after so long, the later ones in proportion to what it has taken so far. */
const MIN_WAIT_MS = 20;
const WAIT_SHARE = 0.25;

/** Ends what others began: what can go on is driven on, what only its beginner could go on with is given up. */
export class CartFinisher {
  constructor(
    private readonly carts: ReservationTransactor,
    private readonly reader: ReservationReader,
    private readonly driver: ChangeDriver,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends one step that stands open, and nothing that somebody has begun since.
   * @param step key of the event that will end it
   */
  async finish(key: CartKey, step: string, caller: Caller): Promise<void> {
    for (let reading = await this.reader.cart(key); reading !== undefined; reading = await this.reader.cart(key)) {
      if (openStep(reading.cart) !== step) return;
      await this.finishOne(key, reading.cart, caller);
    }
  }

  /** Brings what stands open nearer to its end; while its beginner may still be at it, it only waits a moment. */
  async help(key: CartKey, cart: Cart, caller: Caller): Promise<void> {
    const onlyItsBeginner =
      cart.phase === 'pending' ||
      (cart.open !== undefined && 'from' in cart.open.change && cart.open.secured === undefined);
    const since = cart.open?.begunAt ?? cart.attemptedAt;
    const ageMs = this.clock.now() - since;
    if (onlyItsBeginner && ageMs < GRACE_MS) {
      const waitMs = Math.max(MIN_WAIT_MS, Math.min(ageMs * WAIT_SHARE, GRACE_MS - ageMs));
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    } else await this.finishOne(key, cart, caller);
  }

  private async finishOne(key: CartKey, cart: Cart, caller: Caller): Promise<void> {
    if (cart.phase === 'pending') await this.abandon(key, cart, caller);
    else if (cart.release !== undefined) await this.driver.release(key, cart.release, caller);
    else if (cart.open !== undefined) await this.driver.drive(key, cart, cart.open, caller);
  }

  /** Decided in the cart's stream first: whoever still works on it finds out before it could be accepted. */
  private async abandon(key: CartKey, { attempt, tried }: Cart, caller: Caller): Promise<void> {
    const command = { type: 'reject-cart', attempt, reason: 'abandoned', shortfalls: [], release: tried } as const;
    const decided = await this.carts.execute(cartStream(key), command, caller);
    if (decided.status !== 'done' || decided.events.length === 0) return;
    await this.driver.release(key, { of: attemptKey(attempt), holds: tried }, caller);
  }
}

/** Key of the event that will end what stands open; undefined when nothing does, and nothing has to be given back. */
function openStep({ phase, attempt, release, open }: Cart): string | undefined {
  if (phase === 'pending') return cartKey.decided(attempt);
  if (release !== undefined) return cartKey.released(release.of);
  return open === undefined ? undefined : cartKey.settled(open.key);
}

export const isSettled = (cart: Cart): boolean => openStep(cart) === undefined;
