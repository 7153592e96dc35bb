import { type DecisionFilter } from '../domain/delivery/decisions/events.js';
import { isInPeriod, mayMatch } from '../domain/delivery/decisions/state.js';
import { DELIVERY_PARTITIONS, deliveryStream } from '../domain/delivery/partitions.js';
import type { ParkedPosting, Standstill } from '../domain/delivery/state.js';
import { NOTHING, plus, type Sums, worthOf } from '../domain/delivery/worth.js';
import { concerns } from '../domain/valuation/events.js';
import { stockKeyOf } from '../domain/values/identifiers.js';
import type { EventStore, Position } from '../ports/event-store.js';
import { loadDeliveries } from './delivery-streams.js';
import { postingsIn } from './posting-reader.js';

/** Postings, and what they are worth. */
export interface Tally {
  readonly count: number;
  readonly worth: Sums;
}

/** What waits for a person and matches, and what of the same SKUs and locations waits behind it. */
export interface Backlog {
  readonly parked: Tally;
  readonly heldBack: Tally;
}

const NONE: Tally = { count: 0, worth: NOTHING };
/** Streams read at a time. */
const READS_AT_ONCE = 16;

/** @param upTo what was recorded behind this position does not count; null for no bound */
export async function readBacklog(
  store: EventStore,
  connector: string,
  filter: DecisionFilter,
  upTo: Position | null,
): Promise<Backlog> {
  const backlog = { parked: NONE, heldBack: NONE };
  for (let partition = 0; partition < DELIVERY_PARTITIONS; partition += 1) {
    const { standstills } = await loadDeliveries(store, deliveryStream(connector, partition));
    const meant = [...standstills].flatMap(([stream, standstill]) => {
      const { parked } = standstill;
      if (parked === undefined || !mayMatch(filter, { code: parked.code, ...stockKeyOf(stream) })) return [];
      return [{ stream, standstill, parked }];
    });
    for (let start = 0; start < meant.length; start += READS_AT_ONCE) {
      const some = meant.slice(start, start + READS_AT_ONCE);
      await Promise.all(some.map((each) => addStream(store, connector, each, filter, upTo, backlog)));
    }
  }
  return backlog;
}

async function addStream(
  store: EventStore,
  connector: string,
  { stream, standstill, parked }: { stream: string; standstill: Standstill; parked: ParkedPosting },
  filter: DecisionFilter,
  upTo: Position | null,
  backlog: { parked: Tally; heldBack: Tally },
): Promise<void> {
  let isBehind = false;
  for await (const event of store.readStream(stream, { from: standstill.from })) {
    if (upTo !== null && event.position > upTo) return;
    for (const posting of postingsIn(event)) {
      if (!concerns(posting, connector)) continue;
      const isParked = posting.ref === parked.ref;
      if (isInPeriod(filter, posting.date)) {
        if (isParked) backlog.parked = added(backlog.parked, posting);
        else if (isBehind) backlog.heldBack = added(backlog.heldBack, posting);
      }
      isBehind ||= isParked;
    }
  }
}

const added = ({ count, worth }: Tally, posting: Parameters<typeof worthOf>[0]): Tally => ({
  count: count + 1,
  worth: plus(worth, worthOf(posting)),
});
