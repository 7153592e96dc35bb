import { valuationStream } from '../../../src/domain/values/identifiers.js';
import type { ErpOutcome, ErpPosting } from '../../../src/ports/erp.js';
import { ErpConnector } from '../../../src/ports/erp.js';

/** What goes wrong with one posting: before it is booked, after it, or because of what it says. */
export type Trouble = 'not-applied' | 'applied-but-unanswered' | 'period-closed';

/** An ERP that books what it gets, without looking whether it has it already, and fails as it is told. */
export class TrialErp extends ErpConnector {
  override readonly name = 'trial';
  override batchLimit = 5;
  override readonly mapping = 'trial-1';
  /** Every booking, also those made twice. */
  readonly booked: ErpPosting[] = [];
  readonly batchSizes: number[] = [];
  trouble: (posting: ErpPosting) => Trouble | undefined = () => undefined;

  override async open(): Promise<void> {}

  override async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    this.batchSizes.push(postings.length);
    const stopped = new Set<string>();
    return postings.map((posting) => {
      const stream = valuationStream(posting);
      if (stopped.has(stream)) return { status: 'retry-later', applied: 'no', detail: 'behind another' };
      const outcome = this.book(posting);
      if (outcome.status !== 'posted') stopped.add(stream);
      return outcome;
    });
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    const booked = new Set(this.booked.map(({ ref }) => ref));
    return new Set(refs.filter((ref) => booked.has(ref)));
  }

  override async close(): Promise<void> {}

  private book(posting: ErpPosting): ErpOutcome {
    switch (this.trouble(posting)) {
      case undefined:
        this.booked.push(posting);
        return { status: 'posted' };
      case 'applied-but-unanswered':
        this.booked.push(posting);
        return { status: 'retry-later', applied: 'unknown', detail: 'no answer' };
      case 'not-applied':
        return { status: 'retry-later', applied: 'no', detail: 'too busy' };
      case 'period-closed':
        return { status: 'rejected', code: 'PERIOD_CLOSED', detail: 'March is closed' };
    }
  }
}
