import { columnBytes } from './column.js';
import type { EventPage, EventRow, PageLimit } from './event-rows.js';

interface Kept {
  readonly event: EventRow;
  readonly bytes: number;
}

/** At most so much is kept: a subscriber that is further behind reads from the file. */
const KEPT: PageLimit = { events: 16_384, bytes: 16_777_216 };

/**
 * The events committed last, without a gap, so that subscribers that are level with the log share one copy of each
 * and none of them goes to the file.
 */
export class RecentEvents {
  /** In order of position; those before `#start` have been dropped already, and hold nothing. */
  #kept: Array<Kept | undefined> = [];
  #start = 0;
  #bytes = 0;
  /** Every event at this position or later is here. */
  #from = Number.POSITIVE_INFINITY;

  /** Events in order, behind all that are here. */
  add(events: readonly EventRow[]): void {
    for (const event of events) {
      const bytes = columnBytes(event.metadata) + columnBytes(event.data);
      this.#kept.push({ event, bytes });
      this.#bytes += bytes;
    }
    while (this.#kept.length - this.#start > KEPT.events || this.#bytes > KEPT.bytes) this.#dropOldest();
    if (this.#start > KEPT.events) this.#compact();
  }

  /** Begins anew: what comes behind the position will be added. */
  clear(last: number): void {
    this.#kept = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#from = last + 1;
  }

  /** Events from position `from` to `to`, both inclusive, oldest first; undefined when some of them are not here. */
  forwards(from: number, to: number, limit: PageLimit): EventPage | undefined {
    if (from < this.#from) return undefined;
    const events: EventRow[] = [];
    let bytes = 0;
    for (let index = this.#indexOf(from); index < this.#kept.length; index += 1) {
      const kept = this.#kept[index];
      if (kept === undefined || kept.event.position > to) break;
      events.push(kept.event);
      bytes += kept.bytes;
      if (events.length === limit.events || bytes >= limit.bytes) return { events, more: true };
    }
    return { events, more: false };
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#start];
    if (oldest === undefined) return;
    this.#kept[this.#start] = undefined;
    this.#bytes -= oldest.bytes;
    this.#from = oldest.event.position + 1;
    this.#start += 1;
  }

  #compact(): void {
    this.#kept = this.#kept.slice(this.#start);
    this.#start = 0;
  }

  /** Index of the first event at the position or later. */
  #indexOf(position: number): number {
    let low = this.#start;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#kept[middle]?.event.position ?? position) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
