import type { Course, Standstill } from '../../domain/delivery/state.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { ErpConnector, ErpPosting } from '../../ports/erp.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { itemOf, type ValuationItem } from './valuation-item.js';

/** What was held back of a valuation stream. */
export interface HeldBack {
  readonly stream: string;
  /** In order, as people want them to go on. */
  readonly items: readonly ValuationItem[];
  /** The revision behind what was read; null when there is no more. */
  readonly next: number | null;
}

/** Reads what stands still, and changes it as was decided. */
export class StandstillReader {
  constructor(
    private readonly store: EventStore,
    private readonly connector: ErpConnector,
    private readonly clock: Clock,
  ) {}

  /** @param upTo what comes behind this position comes by itself */
  async read(stream: string, { from, courses }: Standstill, upTo: Position, limit: number): Promise<HeldBack> {
    const items: ValuationItem[] = [];
    let read = 0;
    for await (const event of this.store.readStream(stream, { from, maxCount: limit })) {
      if (event.position > upTo) return { stream, items, next: null };
      read += 1;
      const item = itemOf(event, this.connector.name);
      if (item !== undefined) items.push(event.revision === from ? await this.changed(item, courses) : item);
    }
    return { stream, items, next: read < limit ? null : from + read };
  }

  private async changed(item: ValuationItem, courses: Standstill['courses']): Promise<ValuationItem> {
    const postings: ErpPosting[] = [];
    for (const posting of item.postings) {
      const course = courses.get(posting.ref);
      if (course?.type === 'WrittenOff') continue;
      postings.push(course?.type === 'Redated' ? { ...posting, date: await this.dateOf(posting, course) } : posting);
    }
    const parked = item.parked.filter(({ ref }) => courses.get(ref)?.type !== 'WrittenOff');
    return { ...item, postings, parked };
  }

  /** An ERP that has no periods gets the day on which it is decided. */
  private async dateOf({ date }: ErpPosting, course: Extract<Course, { type: 'Redated' }>): Promise<string> {
    const open = course.date ?? (await this.connector.openDateFrom?.(date));
    return open ?? formatInstant(this.clock.now()).slice(0, 10);
  }
}
