import { Map as PersistentMap } from 'immutable';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import { NO_UNITS, plusUnits, type Units } from '../values/units.js';

export interface Hold {
  /** Units still held. */
  readonly quantity: number;
  /** Null once confirmed: it lives until it is fulfilled or cancelled. */
  readonly expiresAt: Instant | null;
  readonly channel?: string;
  /** When the units must be there; at once when absent. */
  readonly neededBy?: Instant;
  /** When it was made. */
  readonly since: Instant;
}

/** What all holds add up to. */
interface Totals {
  readonly quantity: number;
  readonly byChannel: Units<string>;
  readonly demand: Units<Instant>;
}

const NO_TOTALS: Totals = { quantity: 0, byChannel: NO_UNITS, demand: NO_UNITS };

const plusHold = (totals: Totals, { channel, neededBy }: Hold, change: number): Totals => ({
  quantity: totals.quantity + change,
  byChannel: channel === undefined ? totals.byChannel : plusUnits(totals.byChannel, channel, change),
  demand: neededBy === undefined ? totals.demand : plusUnits(totals.demand, neededBy, change),
});

/**
 * The holds on one SKU at one location. Immutable, so that a decision can be tried and dropped; the totals and
 * the next expiry ride along, so that a hot SKU with thousands of holds decides in constant time.
 */
export class Holds {
  static readonly NONE = new Holds(PersistentMap(), NO_TOTALS, Number.POSITIVE_INFINITY);

  private constructor(
    private readonly byReference: PersistentMap<ClientId, Hold>,
    private readonly totals: Totals,
    /** No hold expires before this. A bound, not a fact: {@link expired} tightens it when it had to look. */
    private nextExpiryAt: Instant,
  ) {}

  /** Units held, including holds past their expiry that no event has released yet; so are the next two. */
  get quantity(): number {
    return this.totals.quantity;
  }

  get byChannel(): Units<string> {
    return this.totals.byChannel;
  }

  /** Units of holds that are needed at a named instant. */
  get demand(): Units<Instant> {
    return this.totals.demand;
  }

  get size(): number {
    return this.byReference.size;
  }

  get(reference: ClientId): Hold | undefined {
    return this.byReference.get(reference);
  }

  entries(): Iterable<[ClientId, Hold]> {
    return this.byReference.entries();
  }

  with(reference: ClientId, hold: Hold): Holds {
    const before = this.byReference.get(reference);
    const others = before === undefined ? this.totals : plusHold(this.totals, before, -before.quantity);
    return new Holds(
      this.byReference.set(reference, hold),
      plusHold(others, hold, hold.quantity),
      Math.min(this.nextExpiryAt, hold.expiresAt ?? Number.POSITIVE_INFINITY),
    );
  }

  without(reference: ClientId): Holds {
    const hold = this.byReference.get(reference);
    if (hold === undefined) return this;
    const rest = this.byReference.delete(reference);
    if (rest.size === 0) return Holds.NONE;
    return new Holds(rest, plusHold(this.totals, hold, -hold.quantity), this.nextExpiryAt);
  }

  /** @param until null when it no longer expires */
  keep(reference: ClientId, until: Instant | null): Holds {
    const hold = this.byReference.get(reference);
    return hold === undefined ? this : this.with(reference, { ...hold, expiresAt: until });
  }

  reduceTo(reference: ClientId, remaining: number): Holds {
    const hold = this.byReference.get(reference);
    if (hold === undefined) return this;
    return remaining === 0 ? this.without(reference) : this.with(reference, { ...hold, quantity: remaining });
  }

  /** Holds whose second has come, in no particular order. */
  expired(now: Instant): [ClientId, Hold][] {
    if (now < this.nextExpiryAt) return [];
    const expired: [ClientId, Hold][] = [];
    let nextExpiryAt = Number.POSITIVE_INFINITY;
    for (const [reference, hold] of this.byReference) {
      if (hold.expiresAt === null) continue;
      if (hold.expiresAt <= now) expired.push([reference, hold]);
      nextExpiryAt = Math.min(nextExpiryAt, hold.expiresAt);
    }
    this.nextExpiryAt = nextExpiryAt;
    return expired;
  }
}

export const hasExpired = (hold: Hold, now: Instant): boolean => hold.expiresAt !== null && hold.expiresAt <= now;

/** What every event of a hold says of it. */
export const holdFact = (reference: ClientId, { quantity, expiresAt, channel, neededBy }: Hold, now: Instant) => ({
  reference,
  occurredAt: now,
  quantity,
  expiresAt,
  ...(channel === undefined ? {} : { channel }),
  ...(neededBy === undefined ? {} : { neededBy }),
});
