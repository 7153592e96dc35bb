import type { Instant } from '../values/instant.js';
import type { Units } from '../values/units.js';

/** What decides how much of one SKU at one location may be promised, as of one instant. */
export interface StockFigures {
  /** Sellable units on the shelf; below 0 when more was sold than there was. */
  readonly sellable: number;
  /** Units of all live holds. */
  readonly held: number;
  /** Those of them that count for a channel. */
  readonly heldByChannel: Units<string>;
  /** Those of them that are needed only at a later instant. */
  readonly demand: Units<Instant>;
  /** Units that are expected, by the instant they are due. */
  readonly supply: Units<Instant>;
  readonly safetyStock: number;
  /** Units kept for each channel. */
  readonly protections: Units<string>;
}

/** For whom, and for when; for no channel in particular, and now, when nothing is said. */
export interface PromiseTerms {
  readonly channel?: string | undefined;
  readonly at?: Instant | undefined;
}

/**
 * Units that may be promised, never below 0. A promise for an instant must be kept at every later one too, so it is
 * the least that is left from then on: this is what keeps it from breaking a promise made already for later.
 */
export function availableToPromise(figures: StockFigures, now: Instant, { channel, at = now }: PromiseTerms): number {
  return Math.max(
    0,
    leastFrom(figures, now, Math.max(at, now)) - figures.safetyStock - protectedFrom(figures, channel),
  );
}

/** Units kept from a caller of this channel: what other channels are still owed after what they hold already. */
export function protectedFrom({ protections, heldByChannel }: StockFigures, channel: string | undefined): number {
  let units = 0;
  // An iterator over nothing costs more than all else that is done for most cells.
  if (protections.size === 0) return units;
  for (const [owner, kept] of protections) {
    if (owner !== channel) units += Math.max(0, kept - (heldByChannel.get(owner) ?? 0));
  }
  return units;
}

/** What is left over time: a balance that holds from each instant until the next, in order; the first is now's. */
export function balances(figures: StockFigures, now: Instant): readonly (readonly [Instant, number])[] {
  const steps: [Instant, number][] = [];
  let balance = figures.sellable - figures.held;
  for (const [dueAt, units] of figures.supply) {
    // What is overdue has not come: it may not be promised before somebody says when it will.
    if (dueAt > now && Number.isFinite(dueAt)) steps.push([dueAt, units]);
  }
  for (const [neededBy, units] of figures.demand) {
    if (neededBy <= now) continue;
    steps.push([neededBy, -units]);
    balance += units;
  }
  const timeline: [Instant, number][] = [[now, balance]];
  for (const [at, change] of steps.sort(([a], [b]) => a - b)) {
    balance += change;
    const last = timeline.at(-1);
    if (last !== undefined && last[0] === at) last[1] = balance;
    else timeline.push([at, balance]);
  }
  return timeline;
}

function leastFrom(figures: StockFigures, now: Instant, at: Instant): number {
  // Without demand for later the balance only grows: the first one is the least. This is the hot path.
  if (figures.demand.size === 0 && (at <= now || figures.supply.size === 0)) return figures.sellable - figures.held;
  let least = Number.POSITIVE_INFINITY;
  let valid = 0;
  for (const [from, balance] of balances(figures, now)) {
    if (from <= at) valid = balance;
    else least = Math.min(least, balance);
  }
  return Math.min(least, valid);
}

/** {@link availableToPromise} for many instants in ascending order, in one pass. */
export function promiseSchedule(
  figures: StockFigures,
  now: Instant,
  channel: string | undefined,
  instants: readonly Instant[],
): readonly number[] {
  const timeline = balances(figures, now);
  const leastFromIndex = timeline.map(([, balance]) => balance);
  for (let index = leastFromIndex.length - 2; index >= 0; index -= 1) {
    leastFromIndex[index] = Math.min(leastFromIndex[index] ?? 0, leastFromIndex[index + 1] ?? 0);
  }
  const kept = figures.safetyStock + protectedFrom(figures, channel);
  let index = 0;
  return instants.map((at) => {
    while ((timeline[index + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= at) index += 1;
    return Math.max(0, (leastFromIndex[index] ?? 0) - kept);
  });
}
