import type { DecisionFilter } from '../domain/delivery/decisions/events.js';
import { isInPeriod, isMeant, mayMatch } from '../domain/delivery/decisions/state.js';
import { DELIVERY_PARTITIONS, deliveryStream } from '../domain/delivery/partitions.js';
import type { Standstill } from '../domain/delivery/state.js';
import { NOTHING, plus, type Sums, worthOf } from '../domain/delivery/worth.js';
import { concerns, type Posting } from '../domain/valuation/events.js';
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
  /** Something that is meant, should it park, stands still without that: it is being sent, or will be once more. */
  readonly isOnItsWay: boolean;
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
  const reading = new BacklogReading(store, connector, filter, upTo);
  for (let partition = 0; partition < DELIVERY_PARTITIONS; partition += 1) {
    const { standstills } = await loadDeliveries(store, deliveryStream(connector, partition));
    const all = [...standstills];
    for (let start = 0; start < all.length; start += READS_AT_ONCE) {
      const some = all.slice(start, start + READS_AT_ONCE);
      await Promise.all(some.map(([stream, standstill]) => reading.add(stream, standstill)));
    }
  }
  return reading;
}

class BacklogReading implements Backlog {
  parked = NONE;
  heldBack = NONE;
  isOnItsWay = false;

  constructor(
    private readonly store: EventStore,
    private readonly connector: string,
    private readonly filter: DecisionFilter,
    private readonly upTo: Position | null,
  ) {}

  async add(stream: string, standstill: Standstill): Promise<void> {
    const key = stockKeyOf(stream);
    const { parked, from } = standstill;
    if (parked === undefined) {
      if (!this.isOnItsWay && isMeant(this.filter, key)) await this.lookForUndecided(stream, standstill);
    } else if (mayMatch(this.filter, { code: parked.code, ...key })) await this.count(stream, from, parked.ref);
  }

  private async count(stream: string, from: number, parkedRef: string): Promise<void> {
    let isBehind = false;
    for await (const posting of this.postings(stream, from)) {
      const isParked = posting.ref === parkedRef;
      if (isInPeriod(this.filter, posting.date)) {
        if (isParked) this.parked = added(this.parked, posting);
        else if (isBehind) this.heldBack = added(this.heldBack, posting);
      }
      isBehind ||= isParked;
    }
  }

  private async lookForUndecided(stream: string, { from, courses }: Standstill): Promise<void> {
    for await (const { ref, date } of this.postings(stream, from)) {
      if (courses.has(ref) || !isInPeriod(this.filter, date)) continue;
      this.isOnItsWay = true;
      return;
    }
  }

  private async *postings(stream: string, from: number): AsyncGenerator<Posting> {
    for await (const event of this.store.readStream(stream, { from })) {
      if (this.upTo !== null && event.position > this.upTo) return;
      for (const posting of postingsIn(event)) if (concerns(posting, this.connector)) yield posting;
    }
  }
}

const added = ({ count, worth }: Tally, posting: Posting): Tally => ({
  count: count + 1,
  worth: plus(worth, worthOf(posting)),
});
