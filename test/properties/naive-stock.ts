import type { RecordedEvent } from '../../src/ports/event-store.js';

/**
 * What the words of the design mean, told once more in the simplest way that could be right: from the stored events
 * alone, from scratch every time, and with nothing of the service's own rules.
 */

type Data = Readonly<Record<string, unknown>>;

interface Told {
  readonly type: string;
  readonly occurredAt: number;
  readonly data: Data;
}

const tell = ({ type, data, metadata }: RecordedEvent): Told => ({
  type,
  occurredAt: Date.parse(String(metadata.occurredAt)),
  data,
});

const units = (data: Data, field = 'quantity'): number => Number(data[field] ?? 0);
const instantOf = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);

const FACTS = new Set([
  'Received',
  'Sold',
  'Returned',
  'Adjusted',
  'Counted',
  'Dispatched',
  'Arrived',
  'DispositionMoved',
]);

/** What a fact adds to the stock of a disposition. */
function moved({ type, data }: Told, disposition: string): number {
  switch (type) {
    case 'Received':
    case 'Adjusted':
      return disposition === 'sellable' ? units(data) : 0;
    case 'Sold':
    case 'Dispatched':
      return disposition === 'sellable' ? -units(data) : 0;
    case 'Returned':
    case 'Arrived':
      return data.disposition === disposition ? units(data) : 0;
    case 'DispositionMoved':
      return (data.to === disposition ? units(data) : 0) - (data.from === disposition ? units(data) : 0);
    default:
      return 0;
  }
}

/** Stock of one disposition: all facts in the order in which they happened, ties by id; a count says what was there. */
export function shelf(events: readonly RecordedEvent[], disposition: string): number {
  const facts = events.map(tell).filter(({ type }) => FACTS.has(type));
  facts.sort((a, b) => a.occurredAt - b.occurredAt || (String(a.data.id) < String(b.data.id) ? -1 : 1));
  return facts.reduce((stock, fact) => {
    const counts = fact.type === 'Counted' && fact.data.disposition === disposition;
    return counts ? units(fact.data, 'counted') : stock + moved(fact, disposition);
  }, 0);
}

export interface NaiveHold {
  quantity: number;
  expiresAt: number | null;
  readonly neededBy: number | null;
  readonly channel: string | undefined;
}

/** Holds that no event has ended; `now` also leaves out those whose second has come. */
export function holds(events: readonly RecordedEvent[], now = Number.NEGATIVE_INFINITY): NaiveHold[] {
  const held = new Map<unknown, NaiveHold>();
  for (const { type, data } of events.map(tell)) {
    const hold = held.get(data.reference);
    if (type === 'Reserved') {
      held.set(data.reference, {
        quantity: units(data),
        expiresAt: instantOf(data.expiresAt),
        neededBy: instantOf(data.neededBy),
        channel: data.channel as string | undefined,
      });
    } else if (type === 'Released') held.delete(data.reference);
    else if (type === 'Confirmed' && hold !== undefined) {
      hold.expiresAt = instantOf((data.extension as Data | undefined)?.until);
    } else if (type === 'Fulfilled' && hold !== undefined) hold.quantity -= units(data);
  }
  return [...held.values()].filter(
    ({ quantity, expiresAt }) => quantity > 0 && (expiresAt === null || expiresAt > now),
  );
}

/** What is expected and has not come. */
export function supplies(events: readonly RecordedEvent[]): { open: number; dueAt: number | null }[] {
  const byId = new Map<string, { announced: number; received: number; dueAt: number | null }>();
  for (const { type, data } of events.map(tell)) {
    const id = type === 'Arrived' ? `transfer/${data.transferId}` : (data.supplyId as string | undefined);
    if (id === undefined) continue;
    const supply = byId.get(id) ?? { announced: 0, received: 0, dueAt: null };
    byId.set(id, supply);
    if (type === 'Received' || type === 'Arrived') supply.received += units(data);
    else supply.announced = type === 'SupplyCancelled' ? 0 : units(data);
    if (type === 'SupplyScheduled' || type === 'SupplyChanged') supply.dueAt = instantOf(data.dueAt);
  }
  return [...byId.values()].map(({ announced, received, dueAt }) => ({
    open: Math.max(0, announced - received),
    dueAt,
  }));
}

/** Units kept from a caller: safety stock, and what other channels are still owed. */
export function kept(
  events: readonly RecordedEvent[],
  live: readonly NaiveHold[],
  channel: string | undefined,
): number {
  let safetyStock = 0;
  const protections = new Map<string, number>();
  for (const { type, data } of events.map(tell)) {
    if (type === 'SafetyStockSet') safetyStock = units(data);
    if (type === 'ProtectionSet') protections.set(String(data.channel), units(data));
  }
  let owed = 0;
  for (const [owner, quantity] of protections) {
    const has = live.filter((hold) => hold.channel === owner).reduce((sum, hold) => sum + hold.quantity, 0);
    if (owner !== channel) owed += Math.max(0, quantity - has);
  }
  return safetyStock + owed;
}

/** Everything that is there or has come by an instant, less everything that is needed by then. */
export function balance(events: readonly RecordedEvent[], live: readonly NaiveHold[], now: number, at: number): number {
  const come = supplies(events).filter(({ dueAt }) => dueAt !== null && dueAt > now && dueAt <= at);
  const needed = live.filter(({ neededBy }) => neededBy === null || neededBy <= Math.max(now, at));
  return (
    shelf(events, 'sellable') +
    come.reduce((sum, { open }) => sum + open, 0) -
    needed.reduce((sum, { quantity }) => sum + quantity, 0)
  );
}

/** What may be promised for an instant: the least balance from then on, at every instant at which it changes. */
export function promise(
  events: readonly RecordedEvent[],
  live: readonly NaiveHold[],
  now: number,
  terms: { readonly channel?: string | undefined; readonly at?: number | undefined },
): number {
  const from = Math.max(now, terms.at ?? now);
  const changes = [...supplies(events).map(({ dueAt }) => dueAt), ...live.map(({ neededBy }) => neededBy)];
  const instants = [from, ...changes.filter((at): at is number => at !== null && at > from)];
  const least = Math.min(...instants.map((at) => balance(events, live, now, at)));
  return Math.max(0, least - kept(events, live, terms.channel));
}
