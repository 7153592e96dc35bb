import { Rejected } from '../../domain/rejected.js';
import type { CartChange, CartHold } from '../../domain/reservation/process/events.js';
import type { CartLine, CartRequest } from '../../domain/reservation/process/request.js';
import { type Demand, demandOf } from '../../domain/reservation/process/sourcing.js';
import type { Cart } from '../../domain/reservation/process/state.js';
import { isSold, unitsLeft } from '../../domain/reservation/process/status.js';
import type { CartKey } from '../../domain/reservation/reservation-id.js';
import { expiryOf } from '../../domain/stock/decide-hold.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Caller } from '../../streams/stream-kind.js';
import type { Acquisition } from './acquisition.js';
import type { CartDesk } from './cart-desk.js';
import type { MayUse, RequestedChange } from './requested-change.js';

/** New holds of a confirmed reservation end by themselves after so long, unless they take over first. */
const TAKE_OVER_WITHIN_MS = 300_000;

/** A change that can begin: what is written down, and how its new holds are found if it has any. */
export interface PlannedChange {
  readonly change: CartChange;
  readonly acquisition?: Acquisition;
  /** Names the holds that are tried after the first ones. */
  readonly naming?: ReturnType<CartDesk['naming']>;
}

/** 'nothing' when what is asked for holds already. */
export type ChangePlan = PlannedChange | Rejected | 'nothing';

/** Works out what a requested change means for a cart as it is now. */
export class ChangePlanner {
  constructor(
    private readonly desk: CartDesk,
    private readonly key: CartKey,
    private readonly mayUse: MayUse,
    private readonly caller: Caller,
  ) {}

  async plan(cart: Cart, asked: RequestedChange): Promise<ChangePlan> {
    switch (asked.kind) {
      case 'confirm':
      case 'cancel':
        return { change: asked };
      case 'extend': {
        const until = Math.max(cart.expiresAt, expiryOf(this.desk.clock.now(), asked.ttlSeconds));
        return { change: { ...asked, until } };
      }
      case 'fulfil':
        return this.fulfilment(cart, asked);
      case 'move':
        return this.move(cart, asked);
      case 'refuse':
        return this.refusal(cart, asked);
    }
  }

  private async fulfilment(cart: Cart, asked: Extract<RequestedChange, { kind: 'fulfil' }>): Promise<ChangePlan> {
    const left = await this.left(cart);
    if (left.length === 0) return ended(await this.isSold(cart.holds));
    const { wanted } = asked;
    if (wanted === undefined) {
      return { change: { ...asked, parts: left.map(({ reference: hold, quantity }) => ({ hold, quantity })) } };
    }
    const parts = new Map(left.map((hold) => [hold, 0]));
    for (const { sku, location, quantity } of wanted) {
      const holds = left.filter((hold) => hold.sku === sku && (location ?? hold.location) === hold.location);
      if (!cart.holds.some((hold) => hold.sku === sku && (location ?? hold.location) === hold.location)) {
        return new Rejected('unknown-line', `The reservation has no line of ${sku}.`, { sku });
      }
      let open = quantity;
      for (const hold of holds) {
        const taken = parts.get(hold) ?? 0;
        const part = Math.min(open, hold.quantity - taken);
        parts.set(hold, taken + part);
        open -= part;
      }
      if (open > 0) return exceeds(sku, quantity, quantity - open);
    }
    const taken = [...parts].filter(([, quantity]) => quantity > 0);
    return { change: { ...asked, parts: taken.map(([{ reference: hold }, quantity]) => ({ hold, quantity })) } };
  }

  private async move(cart: Cart, asked: Extract<RequestedChange, { kind: 'move' }>): Promise<ChangePlan> {
    const visible = cart.holds.filter(({ location }) => this.mayUse(location));
    const old = visible[asked.line];
    if (old === undefined) {
      return new Rejected('unknown-line', `The reservation has no line ${asked.line}.`, { line: asked.line });
    }
    if (old.location === asked.to) return 'nothing';
    const from = (await this.left(cart)).filter(({ reference }) => reference === old.reference);
    const [hold] = from;
    if (hold === undefined) return ended(await this.isSold([old]));
    const line: CartLine = { index: old.line, sku: old.sku, quantity: hold.quantity, source: { location: asked.to } };
    return this.relocation(cart, asked, from, [demandOf(line)]);
  }

  private async refusal(cart: Cart, asked: Extract<RequestedChange, { kind: 'refuse' }>): Promise<ChangePlan> {
    const from = (await this.left(cart)).filter(({ location }) => location === asked.location);
    if (from.length === 0) {
      return new Rejected('unknown-line', `Nothing is held at ${asked.location}.`, { location: asked.location });
    }
    const demands = from.map((hold) => anew(cart, hold, asked.location));
    return this.relocation(cart, asked, from, demands);
  }

  private async relocation(
    cart: Cart,
    asked: Extract<RequestedChange, { kind: 'move' | 'refuse' }>,
    from: readonly CartHold[],
    demands: readonly Demand[],
  ): Promise<ChangePlan> {
    const request: CartRequest = { ...cart.request, lines: demands.map(({ line }) => line), partial: false };
    const acquisition = this.desk.acquisition(request, this.caller, demands);
    const naming = this.desk.naming(this.key, cart.named);
    const holds = naming(await acquisition.firstPlan());
    const { confirmed } = cart;
    return { change: { ...asked, from, holds, until: this.until(cart), confirmed }, acquisition, naming };
  }

  private until({ confirmed, expiresAt }: Cart): Instant {
    return confirmed ? expiryOf(this.desk.clock.now() + TAKE_OVER_WITHIN_MS, 0) : expiresAt;
  }

  /** The caller's holds that have units left, with as many as that. */
  private async left(cart: Cart): Promise<readonly CartHold[]> {
    const own = cart.holds.filter(({ location }) => this.mayUse(location));
    const { fates } = await this.desk.reader.fates(own);
    const now = this.desk.clock.now();
    return own
      .map((hold, index) => ({ ...hold, quantity: unitsOf(fates[index], now) }))
      .filter(({ quantity }) => quantity > 0);
  }

  private async isSold(holds: readonly CartHold[]): Promise<boolean> {
    return (await this.desk.reader.fates(holds)).fates.every(isSold);
  }
}

const unitsOf = (fate: Parameters<typeof unitsLeft>[0] | undefined, now: Instant): number =>
  fate === undefined ? 0 : unitsLeft(fate, now);

/** The line that a hold serves, to be sourced once more, never from where it was turned down. */
function anew(cart: Cart, hold: CartHold, refusing: LocationId): Demand {
  const asked = cart.request.lines.find(({ index }) => index === hold.line);
  const line: CartLine = {
    index: hold.line,
    sku: hold.sku,
    quantity: hold.quantity,
    source: asked?.source ?? { location: hold.location },
  };
  return demandOf(line, [...(cart.refused.get(hold.line) ?? []), refusing]);
}

const ended = (sold: boolean): Rejected => {
  const state = sold ? 'fulfilled' : 'expired';
  return new Rejected('reservation-ended', `The reservation is ${state}.`, { state });
};

const exceeds = (sku: string, requested: number, held: number): Rejected =>
  new Rejected('fulfil-exceeds-hold', `${requested} to fulfil, ${held} held.`, { sku, requested, held });
