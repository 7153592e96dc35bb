import { Map as PersistentMap } from 'immutable';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';

export interface Hold {
  /** Units still held. */
  readonly quantity: number;
  /** Null once confirmed: it lives until it is fulfilled or cancelled. */
  readonly expiresAt: Instant | null;
  readonly channel?: string;
}

/**
 * The holds on one SKU at one location. Immutable, so that a decision can be tried and dropped; the total and the
 * next expiry ride along, so that a hot SKU with thousands of holds decides in constant time.
 */
export class Holds {
  static readonly NONE = new Holds(PersistentMap(), 0, Number.POSITIVE_INFINITY);

  private constructor(
    private readonly byReference: PersistentMap<ClientId, Hold>,
    /** Units held, including holds past their expiry that no event has released yet. */
    readonly quantity: number,
    /** No hold expires before this. A bound, not a fact: {@link expired} tightens it when it had to look. */
    private nextExpiryAt: Instant,
  ) {}

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
    const before = this.byReference.get(reference)?.quantity ?? 0;
    return new Holds(
      this.byReference.set(reference, hold),
      this.quantity - before + hold.quantity,
      Math.min(this.nextExpiryAt, hold.expiresAt ?? Number.POSITIVE_INFINITY),
    );
  }

  without(reference: ClientId): Holds {
    const hold = this.byReference.get(reference);
    if (hold === undefined) return this;
    const rest = this.byReference.delete(reference);
    return rest.size === 0 ? Holds.NONE : new Holds(rest, this.quantity - hold.quantity, this.nextExpiryAt);
  }

  confirm(reference: ClientId): Holds {
    const hold = this.byReference.get(reference);
    return hold === undefined ? this : this.with(reference, { ...hold, expiresAt: null });
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
