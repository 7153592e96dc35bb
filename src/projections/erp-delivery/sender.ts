import type { ErpOutcome } from '../../ports/erp.js';
import { Doubts } from './doubts.js';
import type { ErpGate } from './erp-gate.js';
import { firstBatch, type Settled, settle } from './settling.js';
import type { ValuationItem } from './valuation-item.js';

/** Sends batches of one partition, smaller ones while something is wrong, and nothing twice. */
export class Sender {
  private readonly doubts = new Doubts();
  private limit = Number.POSITIVE_INFINITY;

  constructor(private readonly gate: ErpGate) {}

  /** Somebody else may have posted what nobody recorded. */
  startAnew(): void {
    this.doubts.begin();
  }

  get batchLimit(): number {
    return Math.min(this.limit, this.gate.batchLimit);
  }

  /** As many of these as go together. */
  batch(items: readonly ValuationItem[]): readonly ValuationItem[] {
    return firstBatch(items, this.batchLimit);
  }

  /** @throws DeliveryDelayed when nothing may be sent now */
  async send(items: readonly ValuationItem[]): Promise<Settled> {
    const settled = settle(items, await this.post(postable(items)));
    const wentThrough = settled.delivered.length + settled.refused.length > 0;
    // One posting alone tells whether it is to blame, and then the batches grow again.
    this.limit = wentThrough ? this.limit * 2 : 1;
    return settled;
  }

  private async post(items: readonly ValuationItem[]): Promise<ReadonlyMap<string, ErpOutcome>> {
    const postings = items.flatMap((item) => item.postings);
    const outcomes = new Map<string, ErpOutcome>();
    const doubtful = this.doubts.about(postings.map(({ ref }) => ref));
    if (doubtful.length > 0) {
      const found = await this.gate.find(doubtful);
      this.doubts.looked(doubtful, found);
      for (const ref of found) outcomes.set(ref, { status: 'duplicate' });
    }
    const missing = postings.filter(({ ref }) => !outcomes.has(ref));
    if (missing.length === 0) return outcomes;
    this.doubts.sending(missing.map(({ ref }) => ref));
    const posted = await this.gate.post(missing);
    for (const [index, { ref }] of missing.entries()) {
      const outcome = posted[index] ?? { status: 'retry-later', applied: 'unknown', detail: 'no outcome' };
      this.doubts.answered(ref, outcome);
      outcomes.set(ref, outcome);
    }
    return outcomes;
  }
}

/** Those that nothing holds back: neither they nor one before them in their stream waits for a person. */
function postable(items: readonly ValuationItem[]): readonly ValuationItem[] {
  const waiting = new Set<string>();
  return items.filter((item) => {
    if (item.parked.length > 0) waiting.add(item.stream);
    return !waiting.has(item.stream);
  });
}
