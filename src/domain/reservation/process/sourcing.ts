import type { LocationId, StockKey } from '../../values/identifiers.js';
import type { CartHold, Shortfall } from './events.js';
import { type CartLine, candidatesOf } from './request.js';

/** Units that a line is to get from one location. */
export type Allocation = Omit<CartHold, 'reference'>;

/** A line, and the locations it may come from now. */
export interface Demand {
  readonly line: CartLine;
  readonly candidates: readonly LocationId[];
  /** Units that it has already. */
  readonly held: number;
}

export interface SourcingRules {
  readonly split: boolean;
  readonly partial: boolean;
}

/** Units that are free for the cart at a place, beyond those it holds; undefined where nobody has looked. */
export type FreeUnits = (place: StockKey) => number | undefined;

export const demandOf = (line: CartLine, refused: readonly LocationId[] = []): Demand => ({
  line,
  candidates: candidatesOf(line).filter((location) => !refused.includes(location)),
  held: 0,
});

/** Units of a demand that nobody has found yet, as far as its rules allow more. */
export const openUnits = ({ line, held }: Demand, { split }: SourcingRules): number =>
  held > 0 && !split ? 0 : line.quantity - held;

/**
 * Where each demand is served from: the first location that has all of it, else parts from the nearest first where it
 * may be split. A demand that cannot be served gets nothing, or what there is where part of it will do.
 */
export function allocate(demands: readonly Demand[], rules: SourcingRules, free: FreeUnits): readonly Allocation[] {
  const taken = new Map<string, number>();
  const left = (place: StockKey): number => unitsAt(place, free) - (taken.get(placeText(place)) ?? 0);
  return demands.flatMap((demand) => {
    const parts = allocateOne(demand, rules, left);
    for (const part of parts) taken.set(placeText(part), (taken.get(placeText(part)) ?? 0) + part.quantity);
    return parts;
  });
}

export const allocatedTo = ({ line }: Demand, allocations: readonly Allocation[]): number =>
  allocations.reduce((sum, part) => (part.line === line.index ? sum + part.quantity : sum), 0);

function allocateOne(demand: Demand, rules: SourcingRules, left: (place: StockKey) => number): readonly Allocation[] {
  const { sku, index } = demand.line;
  const open = openUnits(demand, rules);
  if (open <= 0) return [];
  const at = (location: LocationId, quantity: number): Allocation => ({ line: index, sku, location, quantity });
  const whole = demand.candidates.find((location) => left({ sku, location }) >= open);
  if (whole !== undefined) return [at(whole, open)];
  const parts = rules.split ? nearestFirst(demand, open, left) : largest(demand, left);
  const enough = parts.reduce((sum, [, quantity]) => sum + quantity, 0) >= open;
  return enough || rules.partial ? parts.map(([location, quantity]) => at(location, quantity)) : [];
}

type Parts = readonly (readonly [LocationId, number])[];

function nearestFirst({ line, candidates }: Demand, open: number, left: (place: StockKey) => number): Parts {
  const parts: [LocationId, number][] = [];
  let wanted = open;
  for (const location of candidates) {
    const quantity = Math.min(wanted, left({ sku: line.sku, location }));
    if (quantity <= 0) continue;
    parts.push([location, quantity]);
    wanted -= quantity;
  }
  return parts;
}

function largest({ line, candidates }: Demand, left: (place: StockKey) => number): Parts {
  let best: [LocationId, number] | undefined;
  for (const location of candidates) {
    const quantity = left({ sku: line.sku, location });
    if (quantity > (best?.[1] ?? 0)) best = [location, quantity];
  }
  return best === undefined ? [] : [best];
}

/** What a demand is short of, in the words of its caller. */
export function shortfallOf({ line, candidates, held }: Demand, { split }: SourcingRules, free: FreeUnits): Shortfall {
  const units = candidates.map((location) => Math.max(0, free({ sku: line.sku, location }) ?? 0));
  const others = split ? units.reduce((sum, each) => sum + each, 0) : Math.max(0, ...units);
  return {
    index: line.index,
    sku: line.sku,
    ...('location' in line.source ? { location: line.source.location } : {}),
    requested: line.quantity,
    available: split ? held + others : Math.max(held, others),
  };
}

const unitsAt = (place: StockKey, free: FreeUnits): number => free(place) ?? 0;

const placeText = ({ sku, location }: StockKey): string => `${sku}@${location}`;
