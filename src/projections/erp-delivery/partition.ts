import { randomUUID } from 'node:crypto';
import { encodeDelivery } from '../../domain/delivery/events.js';
import type { ErpConnector, ErpOutcome } from '../../ports/erp.js';
import type { EventStore } from '../../ports/event-store.js';
import type { PartitionState } from './partition-state.js';
import { loadPartition, NO_DELIVERIES } from './partition-state.js';
import { Settling } from './settling.js';
import type { ValuationItem } from './valuation-item.js';

/** The ERP could not take everything now; nothing is lost by trying again. */
export class DeliveryDelayed extends Error {
  override readonly name = 'DeliveryDelayed';
}

/** Another poster has delivered this partition meanwhile; what it did has to be read first. */
export class FencedOff extends Error {
  override readonly name = 'FencedOff';
}

/** Delivers the postings of one partition in order, and records what has been done before going on. */
export class Partition {
  private state: PartitionState = NO_DELIVERIES;
  /** True as long as an earlier poster may have posted something that nobody recorded. */
  private inDoubt = true;

  constructor(
    private readonly store: EventStore,
    private readonly connector: ErpConnector,
    private readonly stream: string,
  ) {}

  async load(): Promise<void> {
    this.state = await loadPartition(this.store, this.stream);
    this.inDoubt = true;
  }

  /** @throws DeliveryDelayed, FencedOff: load again before the next delivery */
  async deliver(items: readonly ValuationItem[]): Promise<void> {
    let due = items.filter(({ position }) => position > this.state.position);
    let isSecondTry = false;
    while (due.length > 0) {
      const { settled, delayed } = await this.deliverBatch(firstBatch(due, this.connector.batchLimit));
      if (settled === 0 && isSecondTry) throw new DeliveryDelayed(delayed);
      isSecondTry = settled === 0;
      due = due.slice(settled);
    }
  }

  private async deliverBatch(items: readonly ValuationItem[]) {
    const settling = new Settling(this.state, this.connector.mapping);
    const outcomes = await this.post(settling.postable(items));
    const result = settling.settle(items, outcomes);
    if (result.delayed !== undefined) this.inDoubt = true;
    await this.record(settling);
    return result;
  }

  private async post(items: readonly ValuationItem[]): Promise<ReadonlyMap<string, ErpOutcome>> {
    const postings = items.flatMap((item) => item.postings);
    const outcomes = new Map<string, ErpOutcome>();
    if (postings.length === 0) return outcomes;
    if (this.inDoubt) {
      const found = await this.connector.find(postings.map(({ ref }) => ref));
      for (const ref of found) outcomes.set(ref, { status: 'duplicate' });
      // An earlier poster had one batch in flight at most: where nothing of it is left, nothing is behind it.
      this.inDoubt = found.size > 0;
    }
    const missing = postings.filter(({ ref }) => !outcomes.has(ref));
    const posted = missing.length === 0 ? [] : await this.connector.post(missing);
    for (const [index, { ref }] of missing.entries()) {
      outcomes.set(ref, posted[index] ?? { status: 'retry-later', applied: 'unknown', detail: 'no outcome' });
    }
    return outcomes;
  }

  private async record({ events, after }: Settling): Promise<void> {
    if (events.length === 0) return;
    const { revision } = this.state;
    // A fresh id: were it derived, a second poster's append would pass for a repetition of ours.
    const outcome = await this.store.append(
      this.stream,
      revision < 0 ? 'no-stream' : revision,
      events.map((event) => ({ id: randomUUID(), ...encodeDelivery(event), metadata: { schemaVersion: 1 } })),
    );
    if (outcome.status === 'conflict') throw new FencedOff(`Another poster delivers to ${this.stream}.`);
    this.state = after;
  }
}

/** Whole valuations, together no more postings than the limit unless one alone has more. */
function firstBatch(items: readonly ValuationItem[], limit: number): readonly ValuationItem[] {
  let postings = 0;
  const end = items.findIndex((item, index) => {
    postings += item.postings.length;
    return index > 0 && postings > limit;
  });
  return end < 0 ? items : items.slice(0, end);
}
