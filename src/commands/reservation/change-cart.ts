import { Rejected } from '../../domain/rejected.js';
import type { Adoptable } from '../../domain/reservation/process/commands.js';
import { stateRefusal } from '../../domain/reservation/process/decide.js';
import { type CartChange, cartKey, changeKeyOf } from '../../domain/reservation/process/events.js';
import { type Cart, evolve, type OpenChange } from '../../domain/reservation/process/state.js';
import { type CartKey, cartStream, type HoldAddress, movedKeyOf } from '../../domain/reservation/reservation-id.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { Position } from '../../ports/event-store.js';
import { type HoldReading, hasMoved, type ReservationAnswer } from '../../streams/reservation-reader.js';
import { type Caller, Overloaded } from '../../streams/stream-kind.js';
import { ChangePlanner, type PlannedChange } from './cart-changes.js';
import { type CartDesk, newEvent } from './cart-desk.js';
import { isSettled } from './cart-finisher.js';
import { INTERRUPTED, refused } from './change-driver.js';
import { releaseAll } from './holds.js';
import type { MayUse, RequestedChange } from './requested-change.js';
import { insufficient } from './reserve-cart.js';

/** Others change the same cart at the same time; so often it is looked at again. */
const MAX_LOOKS = 500;

/** A cart as it is now; `adopt` while it is a single hold that still lives in its stock stream. */
interface Present {
  readonly cart: Cart;
  readonly version: number;
  readonly position: Position;
  readonly adopt?: Adoptable;
}

/** Changes one cart on behalf of one caller: intent first, then its holds, then the outcome. */
export class CartChanger {
  private readonly planner: ChangePlanner;

  constructor(
    private readonly desk: CartDesk,
    private readonly key: CartKey,
    private readonly mayUse: MayUse,
    private readonly caller: Caller,
    /** Where it lives, or lived, when it is a single-line reservation. */
    private readonly home?: HoldAddress,
  ) {
    this.planner = new ChangePlanner(desk, key, mayUse, caller);
  }

  async change(asked: RequestedChange): Promise<ReservationAnswer | Rejected> {
    let attempt = 0;
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const present = await this.present();
      if (present instanceof Rejected) return present;
      const refusal = this.rightsRefusal(present.cart, asked);
      if (refusal !== undefined) return refusal;
      const step = await this.step(present, asked, changeKeyOf(asked, attempt));
      if (step === 'interrupted') attempt += 1;
      else if (step !== 'look again') return step;
    }
    throw new Overloaded(`${this.key} is being changed too often`);
  }

  private async step(
    present: Present,
    asked: RequestedChange,
    key: string,
  ): Promise<ReservationAnswer | Rejected | 'look again' | 'interrupted'> {
    const { cart } = present;
    if (cart.phase === 'pending') return stateRefusal(cart, this.desk.clock.now()) ?? 'look again';
    if (!isSettled(cart)) {
      await this.desk.finisher.help(this.key, cart, this.caller);
      return 'look again';
    }
    if (!cart.settled.has(key)) return this.begin(present, asked, key);
    return cart.settled.get(key)?.code === INTERRUPTED.code ? 'interrupted' : this.answerAgain(asked, key, present);
  }

  private async begin(
    present: Present,
    asked: RequestedChange,
    key: string,
  ): Promise<ReservationAnswer | Rejected | 'look again'> {
    const { cart, version, adopt } = present;
    const refusal = stateRefusal(cart, this.desk.clock.now());
    if (refusal !== undefined) return refusal;
    if (asked.kind === 'confirm' && cart.confirmed) return this.answer(present);
    const plan = await this.planner.plan(cart, asked);
    if (plan instanceof Rejected) return plan;
    if (plan === 'nothing') return this.answer(present);
    const { change } = plan;
    const command = { type: 'begin-change', key, change, version, ...(adopt === undefined ? {} : { adopt }) } as const;
    const outcome = await this.desk.execute(this.key, command, this.caller);
    if (outcome.status === 'rejected') return outcome.rejection;
    const begun = newEvent(outcome)?.event;
    if (begun?.type === 'ChangeBegun') await this.carryOut(cart, { key, change, begunAt: begun.occurredAt }, plan);
    return 'look again';
  }

  private async present(): Promise<Present | Rejected> {
    const reading = await this.desk.reader.cart(this.key);
    const hold = this.home === undefined ? undefined : await this.desk.reader.hold(this.home);
    if (hold === undefined || hasMoved(hold)) {
      return reading === undefined ? UNKNOWN : { ...reading, version: reading.cart.version };
    }
    if (!hold.fate.live || this.home === undefined) {
      const state = !hold.fate.live && hold.fate.end.type === 'Fulfilled' ? 'fulfilled' : 'cancelled';
      return new Rejected('reservation-ended', `The reservation is ${state}.`, { state });
    }
    const adopt = adoptable(this.home, hold);
    const cart = evolve(reading?.cart, {
      type: 'Adopted',
      change: '',
      ...adopt,
      occurredAt: hold.reserved.occurredAt,
    });
    if (cart === undefined) throw new Error('An adopted reservation is there.');
    return { cart, version: reading?.cart.version ?? 0, position: hold.position, adopt };
  }

  private rightsRefusal(cart: Cart, asked: RequestedChange): Rejected | undefined {
    const { holds } = cart;
    const foreign = holds.find(({ location }) => !this.mayUse(location));
    const isElsewhere = holds.length > 0 && holds.every(({ location }) => !this.mayUse(location));
    if (isElsewhere && !(asked.kind === 'refuse' && hasRefused(cart, asked.location))) return UNKNOWN;
    switch (asked.kind) {
      case 'confirm':
      case 'cancel':
      case 'extend':
        return foreign === undefined ? undefined : foreignLocation(foreign.location);
      case 'fulfil':
        return foreign === undefined || asked.wanted !== undefined ? undefined : foreignLocation(foreign.location);
      case 'move':
        return this.mayUse(asked.to) ? undefined : foreignLocation(asked.to);
      case 'refuse':
        return this.mayUse(asked.location) ? undefined : foreignLocation(asked.location);
    }
  }

  private async carryOut(cart: Cart, open: OpenChange, plan: PlannedChange): Promise<void> {
    const { desk, key, caller } = this;
    const { change } = open;
    if (!('from' in change) || plan.acquisition === undefined) return desk.driver.drive(key, cart, open, caller);
    const acquired = await plan.acquisition.run(change.holds, change.until, (parts, round) =>
      desk.sourceAnew(key, open.key, round, plan.naming?.(parts) ?? [], caller),
    );
    if (acquired.tooLate || acquired.shortfalls.length > 0) {
      const { code, detail, facts } = acquired.tooLate ? EXPIRED : insufficient(acquired.shortfalls);
      return desk.driver.settle(key, open.key, refused({ code, detail, facts }, acquired.held), caller);
    }
    const { held } = acquired;
    const secured = await desk.execute(key, { type: 'secure-change', key: open.key, holds: held }, caller);
    // Given up by somebody meanwhile: what was held for it goes back.
    if (newEvent(secured) === undefined) await releaseAll(desk.stock, held, caller);
    else await desk.driver.drive(key, cart, { ...open, secured: held }, caller);
  }

  /** The outcome that this change had before, if it is the same change. */
  private async answerAgain(
    asked: RequestedChange,
    key: string,
    present: Present,
  ): Promise<ReservationAnswer | Rejected> {
    if (!(await this.isSame(asked, key))) {
      return new Rejected('id-reused', 'This id stands for another change.', 'id' in asked ? { id: asked.id } : {});
    }
    const refusal = present.cart.settled.get(key);
    if (refusal !== undefined) return new Rejected(refusal.code, refusal.detail, refusal.facts);
    const answer = await this.answer(present);
    const { status } = answer.reservation;
    const isGone = status === 'cancelled' || status === 'expired';
    const saysOtherwise = asked.kind === 'confirm' ? isGone : asked.kind === 'cancel' && status !== 'cancelled';
    if (!saysOtherwise) return answer;
    return new Rejected('reservation-ended', `The reservation is ${status}.`, { state: status });
  }

  private isSame(asked: RequestedChange, key: string): Promise<boolean> {
    return this.desk.carts.read(cartStream(this.key), async (stream) => {
      const begun = (await stream.eventsUnder(cartKey.begun(key)))[0]?.event;
      return begun?.type === 'ChangeBegun' && saidOf(begun.change) === saidOf(asked);
    });
  }

  private async answer({ cart, position, adopt }: Present): Promise<ReservationAnswer> {
    if (adopt !== undefined && this.home !== undefined) {
      const answer = await this.desk.reader.read({ kind: 'hold', hold: this.home });
      if (answer !== undefined) return answer;
    }
    return this.desk.reader.answer(this.key, { cart, position });
  }
}

/** Whoever turned lines down may ask again what came of it, though the lines are elsewhere now. */
const hasRefused = ({ refused }: Cart, location: LocationId): boolean =>
  refused.valueSeq().some((locations) => locations.includes(location));

/** What a caller said of a change, without what was worked out from it. */
function saidOf(change: CartChange | RequestedChange): string {
  switch (change.kind) {
    case 'confirm':
    case 'cancel':
      return '';
    case 'extend':
      return String(change.ttlSeconds);
    case 'fulfil':
      return JSON.stringify(change.wanted?.map(({ sku, location, quantity }) => [sku, location ?? null, quantity]));
    case 'move':
      return `${change.line} ${change.to}`;
    case 'refuse':
      return change.location;
  }
}

/** A single hold as the cart that it becomes when it moves. */
function adoptable({ key, reference }: HoldAddress, { reserved, fate }: HoldReading): Adoptable {
  const { quantity, ttlSeconds, channel, neededBy } = reserved;
  const expiresAt = fate.live ? fate.hold.expiresAt : null;
  return {
    request: {
      reference,
      lines: [{ index: 0, sku: key.sku, quantity, source: { location: key.location } }],
      ttlSeconds,
      ...(channel === undefined ? {} : { channel }),
      ...(neededBy === undefined ? {} : { neededBy }),
      partial: false,
      split: false,
    },
    hold: { reference, line: 0, ...key, quantity },
    expiresAt: expiresAt ?? reserved.expiresAt,
    confirmed: expiresAt === null,
  };
}

/** Changes a single-line reservation in the stream it moved to, or moves it there. */
export const movedChanger = (desk: CartDesk, address: HoldAddress, mayUse: MayUse, caller: Caller): CartChanger =>
  new CartChanger(desk, movedKeyOf(address), mayUse, caller, address);

export const UNKNOWN = new Rejected('unknown-reservation', 'There is no reservation with this id.');
const EXPIRED = new Rejected('reservation-ended', 'The reservation is expired.', { state: 'expired' });

const foreignLocation = (location: string): Rejected =>
  new Rejected('foreign-location', `This key may not write at ${location}.`, { location });
