import { availableToPromise, balances, protectedFrom, type StockFigures } from '../../domain/availability/promise.js';
import { stateAt } from '../../domain/stock/decide.js';
import { stockDecider } from '../../domain/stock/decider.js';
import type { StockEvent } from '../../domain/stock/events.js';
import { isHoldEvent, isMovement, isSupplyEvent } from '../../domain/stock/events.js';
import { figuresOf, type StockState, supplyOf } from '../../domain/stock/state.js';
import type { ClientId } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import { type EventRef, OnHandTally, type OnHandTerm } from './on-hand-tally.js';

export interface LiveHold {
  readonly reference: ClientId;
  readonly quantity: number;
  /** Null once confirmed. */
  readonly expiresAt: Instant | null;
  readonly channel?: string;
  readonly neededBy?: Instant;
  /** What happened to it last. */
  readonly event: EventRef;
}

export interface ChannelProtection {
  readonly channel: string;
  /** Units kept for it, units it holds already, and what that leaves to be kept from the caller: 0 from itself. */
  readonly kept: number;
  readonly held: number;
  readonly deducted: number;
  readonly event: EventRef;
}

export interface OpenSupply {
  readonly id: ClientId;
  readonly quantity: number;
  /** Null when nobody knows it. */
  readonly dueAt: Instant | null;
  /** Only what is due may be promised. */
  readonly status: 'due' | 'overdue' | 'undated';
  readonly event: EventRef;
}

/** What is available, taken apart: the `units` of all terms add up to it. */
export interface Explanation {
  readonly available: number;
  readonly revision: number;
  readonly onHand: OnHandTerm;
  readonly reserved: {
    readonly units: number;
    readonly holds: number;
    /** The newest of them. */
    readonly newest: readonly LiveHold[];
  };
  readonly safetyStock: { readonly units: number; readonly event: EventRef | null };
  readonly protected: { readonly units: number; readonly channels: readonly ChannelProtection[] };
  /** Held units that what is due will have brought by the time they are needed. */
  readonly coveredBySupply: { readonly units: number; readonly supplies: readonly OpenSupply[] };
  /** What is missing to 0: no less than nothing is available. */
  readonly shortage: { readonly units: number };
}

/**
 * Folds a stream so that its numbers can be told by the events they come from. It remembers the events of what still
 * counts alone, so that a long history costs time and not memory.
 */
export class Explainer {
  private state: StockState = stockDecider.initial;
  private revision = -1;
  private readonly onHand: OnHandTally;
  private readonly holds = new Map<ClientId, EventRef>();
  private readonly supplies = new Map<ClientId, EventRef>();
  private readonly protections = new Map<string, EventRef>();
  private safetyStock: EventRef | null = null;

  /** @param limit so many events of a kind are told one by one */
  constructor(private readonly limit: number) {
    this.onHand = new OnHandTally(limit);
  }

  take(event: StockEvent, revision: number, id: string): void {
    const ref = { revision, id, type: event.type, occurredAt: event.occurredAt };
    this.state = stockDecider.evolve(this.state, event);
    this.revision = revision;
    if (isMovement(event)) {
      this.onHand.take(event, ref, this.state);
      const supplyId = supplyOf(event);
      if (supplyId !== undefined) this.takeSupply(supplyId, ref);
    } else if (isHoldEvent(event)) {
      if (this.state.holds.get(event.reference) === undefined) this.holds.delete(event.reference);
      else this.holds.set(event.reference, ref);
    } else if (isSupplyEvent(event)) this.takeSupply(event.supplyId, ref);
    else if (event.type === 'SafetyStockSet') this.safetyStock = ref;
    else if (event.quantity === 0) this.protections.delete(event.channel);
    else this.protections.set(event.channel, ref);
  }

  private takeSupply(id: ClientId, ref: EventRef): void {
    if (this.state.supplies.openOf(id).quantity === 0) this.supplies.delete(id);
    else this.supplies.set(id, ref);
  }

  explain(now: Instant, channel: string | undefined): Explanation {
    const state = stateAt(this.state, now);
    const figures = figuresOf(state);
    const available = availableToPromise(figures, now, { channel });
    // Without safety stock, protections and the floor, beside what stands on the shelf and is not held.
    const unheld = figures.sellable - figures.held;
    const kept = figures.safetyStock + protectedFrom(figures, channel);
    const covered = leastPromised(figures, now) - unheld;
    return {
      available,
      revision: this.revision,
      onHand: this.onHand.term(),
      reserved: { units: negative(figures.held), holds: state.holds.size, newest: this.liveHolds(state) },
      safetyStock: { units: negative(figures.safetyStock), event: this.safetyStock },
      protected: { units: negative(protectedFrom(figures, channel)), channels: this.channels(figures, channel) },
      coveredBySupply: { units: covered, supplies: this.openSupplies(state, now) },
      shortage: { units: available - (unheld - kept + covered) },
    };
  }

  private liveHolds({ holds }: StockState): LiveHold[] {
    const live: LiveHold[] = [];
    for (const [reference, { quantity, expiresAt, channel, neededBy }] of holds.entries()) {
      const event = this.holds.get(reference);
      if (event === undefined) throw new Error(`A hold without an event: ${reference}`);
      live.push({
        reference,
        quantity,
        expiresAt,
        ...(channel === undefined ? {} : { channel }),
        ...(neededBy === undefined ? {} : { neededBy }),
        event,
      });
    }
    return live.sort((a, b) => b.event.revision - a.event.revision).slice(0, this.limit);
  }

  private channels({ protections, heldByChannel }: StockFigures, caller: string | undefined): ChannelProtection[] {
    return [...this.protections].map(([channel, event]) => {
      const kept = protections.get(channel) ?? 0;
      const held = heldByChannel.get(channel) ?? 0;
      return { channel, kept, held, deducted: channel === caller ? 0 : Math.max(0, kept - held), event };
    });
  }

  private openSupplies({ supplies }: StockState, now: Instant): OpenSupply[] {
    const open: OpenSupply[] = [];
    for (const [id, event] of this.supplies) {
      const { quantity, dueAt } = supplies.openOf(id);
      const status = dueAt === null ? 'undated' : dueAt <= now ? 'overdue' : 'due';
      open.push({ id, quantity, dueAt, status, event });
    }
    return open.sort((a, b) => b.event.revision - a.event.revision).slice(0, this.limit);
  }
}

/** What could be promised now if nothing were kept back and it could be less than nothing. */
function leastPromised(figures: StockFigures, now: Instant): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [, balance] of balances(figures, now)) least = Math.min(least, balance);
  return least;
}

/** No `-0` in an answer. */
const negative = (units: number): number => (units === 0 ? 0 : -units);
