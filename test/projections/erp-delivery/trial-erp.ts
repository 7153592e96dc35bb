import { valuationStream } from '../../../src/domain/values/identifiers.js';
import type { ErpOutcome, ErpPosting } from '../../../src/ports/erp.js';
import { ErpConnector } from '../../../src/ports/erp.js';

/**
 * What goes wrong with one posting: before it is booked, after it, or because of what it says. What breaks a batch lets
 * all of it fail and nobody know why; `breaks-batch` is told as invalid once it comes alone, `breaks-always` never.
 */
export type Trouble = 'not-applied' | 'applied-but-unanswered' | 'period-closed' | 'breaks-batch' | 'breaks-always';

/** An ERP that books what it gets, without looking whether it has it already, and fails as it is told. */
export class TrialErp extends ErpConnector {
  override readonly name: string;
  override batchLimit = 5;
  override parallel = 8;
  override readonly mapping = 'trial-1';
  /** Every booking, also those made twice. */
  readonly booked: ErpPosting[] = [];
  readonly batchSizes: number[] = [];
  /** Calls that were under way at the same time. */
  mostAtOnce = 0;
  /** When true it answers nothing. */
  isDown = false;
  calls = 0;
  firstOpenDay: string | undefined;
  trouble: (posting: ErpPosting) => Trouble | undefined = () => undefined;
  private atOnce = 0;

  constructor(name = 'trial') {
    super();
    this.name = name;
  }

  override async open(): Promise<void> {}

  override async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    this.batchSizes.push(postings.length);
    this.calls += 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce -= 1;
    return this.breaks(postings) ? postings.map(() => NOT_NOW) : this.bookAll(postings);
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    if (this.isDown) throw new Error('no answer');
    const booked = new Set(this.booked.map(({ ref }) => ref));
    return new Set(refs.filter((ref) => booked.has(ref)));
  }

  override async openDateFrom(): Promise<string | undefined> {
    return this.firstOpenDay;
  }

  override async close(): Promise<void> {}

  private breaks(postings: readonly ErpPosting[]): boolean {
    const troubles = postings.map(this.trouble);
    return (
      this.isDown || troubles.includes('breaks-always') || (postings.length > 1 && troubles.includes('breaks-batch'))
    );
  }

  private bookAll(postings: readonly ErpPosting[]): readonly ErpOutcome[] {
    const stopped = new Set<string>();
    return postings.map((posting) => {
      const stream = valuationStream(posting);
      if (stopped.has(stream)) return { status: 'retry-later', applied: 'no', detail: 'behind another' };
      const outcome = this.book(posting);
      if (outcome.status !== 'posted') stopped.add(stream);
      return outcome;
    });
  }

  private book(posting: ErpPosting): ErpOutcome {
    switch (this.trouble(posting)) {
      case undefined:
        this.booked.push(posting);
        return { status: 'posted' };
      case 'applied-but-unanswered':
        this.booked.push(posting);
        return { status: 'retry-later', applied: 'unknown', detail: 'no answer' };
      case 'not-applied':
      case 'breaks-always':
        return { status: 'retry-later', applied: 'no', detail: 'too busy' };
      case 'period-closed':
        return { status: 'rejected', code: 'PERIOD_CLOSED', detail: 'March is closed' };
      case 'breaks-batch':
        return { status: 'rejected', code: 'INVALID', detail: 'no such thing' };
    }
  }
}

const NOT_NOW: ErpOutcome = { status: 'retry-later', applied: 'no', detail: 'internal error' };
