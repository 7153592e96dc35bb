import type { DeliveryEvent } from '../../domain/delivery/events.js';
import type { ErpOutcome } from '../../ports/erp.js';
import type { Position } from '../../ports/event-store.js';
import type { PartitionState } from './partition-state.js';
import { evolve, parkedSince } from './partition-state.js';
import type { ValuationItem } from './valuation-item.js';

type Unplaced<Event extends DeliveryEvent> = Event extends DeliveryEvent
  ? Omit<Event, 'position' | 'parkedSince'>
  : never;

/** Works out what to record of a batch. */
export class Settling {
  readonly events: DeliveryEvent[] = [];
  after: PartitionState;

  constructor(
    before: PartitionState,
    private readonly mapping: string,
  ) {
    this.after = before;
  }

  /** Those that nothing holds back. */
  postable(items: readonly ValuationItem[]): readonly ValuationItem[] {
    const parkedHere = new Set<string>();
    return items.filter((item) => {
      if (item.parked !== undefined) parkedHere.add(item.stream);
      return !parkedHere.has(item.stream) && !this.isHeld(item);
    });
  }

  /** Takes the items in order until one has to be tried again: how many are settled, and why no more are. */
  settle(
    items: readonly ValuationItem[],
    outcomes: ReadonlyMap<string, ErpOutcome>,
  ): { readonly settled: number; readonly delayed?: string } {
    const refs: string[] = [];
    let position = this.after.position;
    let settled = 0;
    let delayed: string | undefined;
    for (const item of items) {
      const verdict = this.isHeld(item) ? 'held' : verdictOf(item, outcomes);
      if (verdict === 'delivered') refs.push(...item.postings.map(({ ref }) => ref));
      else if (verdict !== 'held' && verdict.status === 'parked') this.add(parkedEvent(item, verdict), item.position);
      else if (verdict !== 'held') {
        delayed = verdict.detail;
        break;
      }
      position = item.position;
      settled += 1;
    }
    if (refs.length > 0) this.add({ type: 'Delivered', refs, mapping: this.mapping }, position);
    return delayed === undefined ? { settled } : { settled, delayed };
  }

  private isHeld({ stream, revision }: ValuationItem): boolean {
    const parked = this.after.parked.get(stream);
    return parked !== undefined && revision >= parked.valuationRevision;
  }

  private add(event: Unplaced<DeliveryEvent>, position: Position): void {
    const revision = this.after.revision + 1;
    const since = parkedSince(this.after) ?? (event.type === 'Parked' ? revision : null);
    const placed: DeliveryEvent = { ...event, position, parkedSince: since };
    this.events.push(placed);
    this.after = evolve(this.after, placed, revision);
  }
}

type Undelivered =
  | { readonly status: 'parked'; readonly ref: string; readonly code: string; readonly detail: string }
  | { readonly status: 'retry-later'; readonly detail: string };

/** What became of a valuation: delivered once all its postings are. */
function verdictOf(item: ValuationItem, outcomes: ReadonlyMap<string, ErpOutcome>): 'delivered' | Undelivered {
  if (item.parked?.parked !== undefined) {
    const { code, amount, currency } = item.parked.parked;
    return { status: 'parked', ref: item.parked.ref, code, detail: `${amount} ${currency}` };
  }
  for (const { ref } of item.postings) {
    const outcome = outcomes.get(ref);
    switch (outcome?.status) {
      case 'posted':
      case 'duplicate':
        break;
      case 'rejected':
        return { status: 'parked', ref, code: outcome.code, detail: outcome.detail };
      case 'retry-later':
        return outcome;
      case undefined:
        return { status: 'retry-later', detail: `${ref} was not posted` };
    }
  }
  return 'delivered';
}

function parkedEvent(
  { stream, revision }: ValuationItem,
  { ref, code, detail }: Extract<Undelivered, { status: 'parked' }>,
) {
  return { type: 'Parked' as const, ref, code, detail, valuation: { stream, revision } };
}
