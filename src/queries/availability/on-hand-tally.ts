import type { Movement, StockEvent } from '../../domain/stock/events.js';
import { onHandChange, type StockState } from '../../domain/stock/state.js';
import type { Instant } from '../../domain/values/instant.js';

/** Where a number comes from. */
export interface EventRef {
  readonly revision: number;
  readonly id: string;
  readonly type: StockEvent['type'];
  readonly occurredAt: Instant;
}

/** How sellable stock came about: what the count that stands found, and what came after it. */
export interface OnHandTerm {
  readonly units: number;
  /** Null when nobody has counted. */
  readonly count: {
    readonly event: EventRef;
    readonly counted: number;
    /** With the newer facts that were known before the count was. */
    readonly onHand: number;
  } | null;
  /** Everything since, by type; `count` events, `units` in all. */
  readonly since: readonly { readonly type: StockEvent['type']; readonly count: number; readonly units: number }[];
  readonly newest: readonly (EventRef & { readonly units: number })[];
}

/** Adds up the facts that changed sellable stock since the count that stands. */
export class OnHandTally {
  private units = 0;
  private count: OnHandTerm['count'] = null;
  private readonly since = new Map<StockEvent['type'], { count: number; units: number }>();
  private newest: (EventRef & { readonly units: number })[] = [];

  constructor(private readonly limit: number) {}

  /** @param state with the fact in it */
  take(fact: Movement, event: EventRef, { onHand, latestCounts }: StockState): void {
    this.units = onHand.sellable;
    if (fact.type === 'Counted' && fact.disposition === 'sellable' && latestCounts.sellable?.id === fact.id) {
      this.count = { event, counted: fact.counted, onHand: onHand.sellable };
      this.since.clear();
      this.newest = [];
      return;
    }
    const units = onHandChange(fact).sellable;
    if (units === undefined) return;
    const before = this.since.get(fact.type) ?? { count: 0, units: 0 };
    this.since.set(fact.type, { count: before.count + 1, units: before.units + units });
    this.newest.push({ ...event, units });
    // Cut back now and then: a shift for each event of a long stream would cost more than the events.
    if (this.newest.length > 2 * this.limit) this.newest = this.newest.slice(-this.limit);
  }

  term(): OnHandTerm {
    const since = [...this.since].map(([type, { count, units }]) => ({ type, count, units }));
    return { units: this.units, count: this.count, since, newest: this.newest.slice(-this.limit).reverse() };
  }
}
