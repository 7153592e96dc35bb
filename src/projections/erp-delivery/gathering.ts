import type { SummaryPeriod } from '../../domain/delivery/summaries/summary.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import type { ValuationItem } from './valuation-item.js';

/** When what is to be summed is sent. */
export interface GatheringOptions {
  readonly period: SummaryPeriod;
  /** So long after the first; default: once the day or month (UTC) in which it was recorded is over. */
  readonly everyMs?: number;
}

/** So many are sent whatever the time is: they are held in memory. */
const MOST_GATHERED = 20_000;

/** What is held until it is time to sum it up. Nothing is lost with it: it is read again from where deliveries are. */
export class Gathering {
  private items: ValuationItem[][] = [];
  private count = 0;
  private first: { readonly after: Position; readonly recordedAt: Instant } | undefined;
  private reached: Position = START;

  constructor(
    private readonly partitions: number,
    private readonly options: GatheringOptions,
  ) {
    this.clear();
  }

  /** A place before all of it; undefined when nothing is held. */
  get after(): Position | undefined {
    return this.first?.after;
  }

  clear(): void {
    this.items = Array.from({ length: this.partitions }, () => []);
    this.count = 0;
    this.first = undefined;
    this.reached = START;
  }

  /** @param recordedAt of the first of them @param place there is nothing but these in between */
  add(
    items: readonly (readonly ValuationItem[])[],
    recordedAt: Instant,
    { after, upTo }: { readonly after: Position; readonly upTo: Position },
  ): void {
    for (const [partition, some] of items.entries()) {
      this.items[partition]?.push(...some);
      this.count += some.length;
    }
    if (this.count > 0) this.first ??= { after, recordedAt };
    this.reached = upTo;
  }

  isDue(now: Instant): boolean {
    if (this.first === undefined) return false;
    return this.count >= MOST_GATHERED || now >= dueAt(this.first.recordedAt, this.options);
  }

  /** All there is, by partition, and where it ends. */
  take(): { readonly items: readonly (readonly ValuationItem[])[]; readonly upTo: Position } {
    const taken = { items: this.items, upTo: this.reached };
    this.clear();
    return taken;
  }
}

/** When what was recorded then is to be sent. */
export function dueAt(recordedAt: Instant, { everyMs, period }: GatheringOptions): Instant {
  if (everyMs !== undefined) return recordedAt + everyMs;
  const day = new Date(recordedAt);
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  return period === 'day' ? Date.UTC(year, month, day.getUTCDate() + 1) : Date.UTC(year, month + 1);
}
