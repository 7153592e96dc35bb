import type { CompleteChange, RefuseChange } from '../../domain/reservation/process/commands.js';
import type { CartChange, CartHold, Refusal, Relocation } from '../../domain/reservation/process/events.js';
import type { Cart, OpenChange } from '../../domain/reservation/process/state.js';
import { type CartKey, cartId, cartStream } from '../../domain/reservation/reservation-id.js';
import type { HoldCommand } from '../../domain/stock/commands.js';
import type { StockEvent } from '../../domain/stock/events.js';
import type { ClientId } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { ReservationTransactor } from '../../streams/reservation-streams.js';
import type { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import { type HoldOutcome, onHold, releaseAll } from './holds.js';

type Outcome = Omit<CompleteChange, 'key'> | Omit<RefuseChange, 'key'>;

/**
 * Drives a change that has begun to its end. Any instance may, also several at once: each step has the same effect
 * again, and what gives holds back happens only after the stream of the cart says so.
 */
export class ChangeDriver {
  constructor(
    private readonly stock: StockTransactor,
    private readonly carts: ReservationTransactor,
    private readonly clock: Clock,
  ) {}

  /** For a relocation that is not secured this means that it is given up: only whoever began it can go on. */
  async drive(key: CartKey, cart: Cart, open: OpenChange, caller: Caller): Promise<void> {
    const outcome = await this.outcomeOf(key, cart, open, caller);
    await this.settle(key, open.key, outcome, caller);
  }

  async settle(key: CartKey, change: string, outcome: Outcome, caller: Caller): Promise<void> {
    const settled = await this.carts.execute(cartStream(key), { ...outcome, key: change }, caller);
    // Another driver may have settled it the other way; what the stream says is what counts.
    const event = settled.status === 'known' ? settled.recorded.event : outcome;
    if ('release' in event) await this.release(key, { of: change, holds: event.release }, caller);
  }

  /** Gives holds back, and notes that it is done. */
  async release(key: CartKey, { of, holds }: NonNullable<Cart['release']>, caller: Caller): Promise<void> {
    if (holds.length === 0) return;
    await releaseAll(this.stock, holds, caller);
    await this.carts.execute(cartStream(key), { type: 'note-released', of }, caller);
  }

  private outcomeOf(key: CartKey, cart: Cart, { change, secured }: OpenChange, caller: Caller): Promise<Outcome> {
    switch (change.kind) {
      case 'confirm':
        return this.keep(cart, { confirmed: true }, ({ reference }) => ({ type: 'confirm-hold', reference }), caller);
      case 'cancel':
        return this.cancel(cart, caller);
      case 'extend':
        return this.keep(cart, { expiresAt: change.until }, (hold) => extendTo(hold, change), caller);
      case 'fulfil':
        return this.fulfil(key, cart, change, caller);
      case 'move':
      case 'refuse':
        return secured === undefined
          ? Promise.resolve(refused(INTERRUPTED, cart.tried))
          : this.switchOver(cart, change, secured, caller);
    }
  }

  /** Confirms or extends all holds; when one of them is gone the reservation cannot be kept. */
  private async keep(
    cart: Cart,
    result: CompleteChange['result'],
    command: (hold: CartHold) => HoldCommand,
    caller: Caller,
  ): Promise<Outcome> {
    const outcomes = await Promise.all(cart.holds.map((hold) => onHold(this.stock, hold, command(hold), caller)));
    if (outcomes.every(({ kind }) => kind !== 'gone')) return { type: 'complete-change', result };
    return { ...refused(ended('expired'), cart.holds), ends: true };
  }

  private async cancel(cart: Cart, caller: Caller): Promise<Outcome> {
    const command = ({ reference }: CartHold) => ({ type: 'cancel-hold', reference }) as const;
    const outcomes = await Promise.all(cart.holds.map((hold) => onHold(this.stock, hold, command(hold), caller)));
    if (outcomes.some(({ kind }) => kind === 'done')) return { type: 'complete-change', result: {} };
    return refused(ended(outcomes.every(({ kind }) => kind === 'sold') ? 'fulfilled' : 'expired'), []);
  }

  private async fulfil(
    key: CartKey,
    cart: Cart,
    { id, parts }: Extract<CartChange, { kind: 'fulfil' }>,
    caller: Caller,
  ): Promise<Outcome> {
    const reservationId = cartId(key);
    const one = async ({ hold: reference, quantity }: { hold: ClientId; quantity: number }): Promise<boolean> => {
      const hold = cart.holds.find((each) => each.reference === reference);
      if (hold === undefined) return false;
      const command = { type: 'fulfil-hold', id, reference, reservationId, quantity } as const;
      const outcome = await onHold(this.stock, hold, command, caller);
      // A sale took some of it since this was decided: what is left is handed over.
      if (outcome.kind === 'exceeded') return one({ hold: reference, quantity: outcome.held });
      return outcome.kind === 'done';
    };
    const handedOver = await Promise.all(parts.map(one));
    return handedOver.includes(true) ? { type: 'complete-change', result: {} } : refused(ended('expired'), []);
  }

  /**
   * The new holds take over: they are confirmed before the old ones go where those are, so that a crash in between
   * leaves units held twice until the next driver comes, and never free.
   */
  private async switchOver(
    cart: Cart,
    change: Relocation & { readonly id: ClientId },
    secured: readonly CartHold[],
    caller: Caller,
  ): Promise<Outcome> {
    const { from, confirmed } = change;
    if (confirmed && !(await this.confirmAll(secured, caller))) return refused(INTERRUPTED, secured);
    const leave = ({ reference }: CartHold): HoldCommand => ({ type: 'cancel-hold', reference, reason: 'moved' });
    const left = await Promise.all(from.map((hold) => onHold(this.stock, hold, leave(hold), caller)));
    const kept = cart.holds.filter(({ reference }) => !from.some((hold) => hold.reference === reference));
    const lost = from.filter((_, index) => left[index]?.kind !== 'done').map(({ line }) => line);
    // What was sold or cancelled on the old side since is not wanted on the new one.
    await releaseAll(
      this.stock,
      secured.filter(({ line }) => lost.includes(line)),
      caller,
    );
    const old = from.filter(({ line }) => lost.includes(line));
    const holds = [...kept, ...old, ...secured.filter(({ line }) => !lost.includes(line))];
    const latest = confirmed ? {} : await this.catchUp(change, left, secured, caller);
    return { type: 'complete-change', result: { holds: inOrder(holds), ...latest } };
  }

  private async confirmAll(holds: readonly CartHold[], caller: Caller): Promise<boolean> {
    const command = ({ reference }: CartHold) => ({ type: 'confirm-hold', reference }) as const;
    const outcomes = await Promise.all(holds.map((hold) => onHold(this.stock, hold, command(hold), caller)));
    return outcomes.every(({ kind }) => kind !== 'gone');
  }

  /** A hold that lived alone may have been confirmed or extended while it moved: then the new one is. */
  private async catchUp(
    { id, until }: Relocation & { readonly id: ClientId },
    left: readonly HoldOutcome[],
    secured: readonly CartHold[],
    caller: Caller,
  ): Promise<CompleteChange['result']> {
    const ends = left.map(releasedWithExpiry).filter((expiry) => expiry !== undefined);
    if (ends.includes(null)) {
      await this.confirmAll(secured, caller);
      return { confirmed: true };
    }
    const latest = Math.max(until, ...ends.map((end) => end ?? until));
    if (latest === until) return {};
    const ttlSeconds = Math.ceil((latest - this.clock.now()) / 1_000);
    const command = (hold: CartHold) => extendTo(hold, { id, ttlSeconds, until: latest });
    await Promise.all(secured.map((hold) => onHold(this.stock, hold, command(hold), caller)));
    return { expiresAt: latest };
  }
}

/** All holds of a cart end in the same second, whenever each of them is told. */
const extendTo = (
  { reference }: CartHold,
  { id, ttlSeconds, until }: { id: ClientId; ttlSeconds: number; until: Instant },
): HoldCommand => ({ type: 'extend-hold', id, reference, ttlSeconds, until });

const releasedWithExpiry = (outcome: HoldOutcome): Instant | null | undefined => {
  const event: StockEvent | undefined = outcome.kind === 'done' ? outcome.event : undefined;
  return event?.type === 'Released' ? event.expiresAt : undefined;
};

export const refused = (refusal: Refusal, release: readonly CartHold[]): Omit<RefuseChange, 'key'> => ({
  type: 'refuse-change',
  refusal,
  release,
  ends: false,
});

/** Nothing came of the change, for no reason of its own: it may be tried again. */
export const INTERRUPTED: Refusal = {
  code: 'reservation-pending',
  detail: 'The change was interrupted and nothing came of it; ask for it again.',
  facts: {},
};

const ended = (state: string): Refusal => ({
  code: 'reservation-ended',
  detail: `The reservation is ${state}.`,
  facts: { state },
});

/** By line, so that answers keep the order of the request. */
const inOrder = (holds: readonly CartHold[]): readonly CartHold[] => [...holds].sort((a, b) => a.line - b.line);
