import type { ErpBalance, ErpEntry, ErpMovement, ErpOutcome, ErpPosting } from '../../../ports/erp.js';
import { ErpConnector } from '../../../ports/erp.js';
import type { Log } from '../../../ports/log.js';
import { type Chart, mappingOf } from '../chart.js';
import { Batch, type BatchItem, type OpenErp } from './batch.js';
import { Books } from './books.js';
import { TRYTON_CHART } from './default-chart.js';
import { TrytonAway, TrytonRefusal } from './fault.js';
import { Moves } from './moves.js';
import { Periods } from './periods.js';
import { type TrytonAccount, TrytonSession } from './session.js';

export interface TrytonOptions extends TrytonAccount {
  /** Default `tryton`. */
  readonly name?: string;
  readonly chart?: Chart;
  /** How long one call may take; default 40,000, longer than the ERP itself waits for a lock. */
  readonly timeoutMs?: number;
}

interface Waiting extends BatchItem {
  readonly answer: (outcome: ErpOutcome) => void;
}

const BATCH_LIMIT = 50;
/** Refs in one question. */
const LOOK_UP_LIMIT = 200;
const DEFAULT_JOURNAL = 'INV';

/** Posts account moves to a Tryton company, which has one writer: one batch at a time, shared by whoever waits for it. */
export class TrytonConnector extends ErpConnector {
  override readonly name: string;
  override readonly batchLimit = BATCH_LIMIT;
  override readonly mapping: string;
  private readonly chart: Chart;
  private readonly session: TrytonSession;
  private opening: Promise<OpenErp> | undefined;
  private waiting: Waiting[] = [];
  private working: Promise<void> | undefined;

  constructor(
    { name = 'tryton', chart = TRYTON_CHART, timeoutMs = 40_000, ...account }: TrytonOptions,
    private readonly log: Log,
  ) {
    super();
    this.name = name;
    this.chart = chart;
    this.mapping = mappingOf(chart);
    this.session = new TrytonSession(account, timeoutMs);
  }

  /** An ERP that is only away is waited for when there is something to post. @throws TrytonMisconfigured */
  override async open(): Promise<void> {
    try {
      await this.erp();
    } catch (error) {
      if (!(error instanceof TrytonAway)) throw error;
      this.log.warn('the ERP is away', { connector: this.name, because: error.message });
    }
  }

  override post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    const stuck = new Set<string>();
    return Promise.all(
      postings.map(
        (posting) =>
          new Promise<ErpOutcome>((answer) => {
            this.waiting.push({ posting, stuck, answer });
            this.working ??= this.work();
          }),
      ),
    );
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    const { moves } = await this.erp();
    const found = new Set<string>();
    for (let start = 0; start < refs.length; start += LOOK_UP_LIMIT) {
      for (const ref of await moves.posted(refs.slice(start, start + LOOK_UP_LIMIT))) found.add(ref);
    }
    return found;
  }

  override async openDateFrom(date: string): Promise<string | undefined> {
    const { periods } = await this.erp();
    return await periods.openDateFrom(date);
  }

  override async balances(asOf?: string): Promise<readonly ErpBalance[]> {
    const { books } = await this.erp();
    return await books.balances(asOf);
  }

  override async entries(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>> {
    const { books, moves } = await this.erp();
    const entries = new Map<string, ErpEntry>();
    for (let start = 0; start < refs.length; start += LOOK_UP_LIMIT) {
      const found = [...(await moves.find(refs.slice(start, start + LOOK_UP_LIMIT))).values()];
      const ids = new Set(found.flatMap(({ lines }) => lines.map(({ account }) => account)));
      const codes = await books.accountCodes(ids);
      for (const { ref, date, lines } of found.filter(({ posted }) => posted)) {
        const named = lines.map(({ account, amount }) => ({ account: codes.get(account) ?? `#${account}`, amount }));
        entries.set(ref, { date, lines: named });
      }
    }
    return entries;
  }

  override async movements(account: string, from: string, to: string): Promise<readonly ErpMovement[]> {
    const { moves } = await this.erp();
    return await moves.onAccount(account, from, to);
  }

  override async close(): Promise<void> {
    await this.working;
  }

  private erp(): Promise<OpenErp> {
    this.opening ??= this.openErp().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async openErp(): Promise<OpenErp> {
    const books = await Books.open(this.session, this.chart.journal ?? DEFAULT_JOURNAL);
    const periods = new Periods(this.session, books);
    const moves = new Moves(this.session, books);
    const erp: OpenErp = { chart: this.chart, books, periods, moves, log: this.log };
    await sweep(erp);
    return erp;
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      // Partitions post in the same turn of the event loop: wait for all of them.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.waiting.slice(0, BATCH_LIMIT);
      this.waiting = this.waiting.slice(BATCH_LIMIT);
      await this.postBatch(batch);
    }
    this.working = undefined;
  }

  private async postBatch(batch: readonly Waiting[]): Promise<void> {
    const firsts = new Map<string, Waiting>();
    for (const item of batch) {
      const { ref, lines } = item.posting;
      if (lines.length > 0 && !firsts.has(ref)) firsts.set(ref, item);
    }
    const outcomes = await this.outcomesOf([...firsts.values()]);
    for (const item of batch) {
      const { ref, lines } = item.posting;
      const first = firsts.get(ref);
      const outcome = first === undefined ? undefined : outcomes.get(first);
      if (lines.length === 0) item.answer({ status: 'posted' });
      else if (outcome?.status === 'posted' && first !== item) item.answer({ status: 'duplicate' });
      else item.answer(outcome ?? { status: 'retry-later', applied: 'unknown', detail: 'no outcome' });
    }
  }

  private async outcomesOf(items: readonly BatchItem[]): Promise<ReadonlyMap<BatchItem, ErpOutcome>> {
    if (items.length === 0) return new Map();
    try {
      return await new Batch(await this.erp(), items).post();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return new Map(items.map((item) => [item, { status: 'retry-later', applied: 'no', detail }]));
    }
  }
}

/** Drafts of a poster that died keep a period from being closed; what they were for is posted again. */
async function sweep({ moves, log }: OpenErp): Promise<void> {
  const drafts = await moves.drafts();
  if (drafts.length === 0) return;
  log.info('drafts that were left in the ERP are deleted', { moves: drafts.length });
  try {
    await moves.delete(drafts);
  } catch (error) {
    // Some of them may be posted by now, or in a closed journal: who posts them looks at each.
    if (!(error instanceof TrytonRefusal)) throw error;
    log.warn('drafts that were left in the ERP stay', { because: error.message });
  }
}
