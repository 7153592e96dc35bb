import { Inject, Injectable } from '@nestjs/common';
import type { JournalLine } from '../../domain/valuation/events.js';
import type { Instant } from '../../domain/values/instant.js';
import { AvailabilityStore } from '../../ports/availability-store.js';
import { CheckpointKeeper } from '../../ports/checkpoint.js';
import { Clock } from '../../ports/clock.js';
import { ErpAccounts, type ErpConnector, ErpConnectors } from '../../ports/erp.js';
import { EventStore, EventStoreUnavailable } from '../../ports/event-store.js';
import { BooksFold, foldDifferences } from './books-fold.js';
import type { AccountDiffers } from './erp-books.js';
import { checkErp, differenceName } from './erp-check.js';
import { type ErpReport, erpReport } from './erp-report.js';
import { type ExplainParts, type Explanation, explain } from './explain.js';
import { compareModel } from './model-check.js';
import type { ReconciliationReport } from './report.js';
import { isReconciled } from './verdict.js';

/** So many differences of a kind are named. */
const MOST_NAMED = 1_000;

/** Streams, valuations, deliveries, read model and the ERPs' own balances, each against the one before. */
@Injectable()
export class Reconciliation {
  /** Sums of all that was read so far; undefined before the first reading, and after one that failed. */
  private books: BooksFold | undefined;
  /** The one that others wait for. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly underWay = new Map<ReconciliationReport['kind'], Promise<ReconciliationReport>>();
  /** Of each connector's differences as they were last: as long as they stay the same, so does what explains them. */
  private readonly explained = new Map<string, { readonly differences: string; readonly explanation: Explanation }>();
  /** The one that was made last. */
  newest: ReconciliationReport | undefined;
  /** When the last one was begun in which everything agreed; undefined before the first. */
  goodAt: Instant | undefined;

  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(AvailabilityStore) private readonly model: AvailabilityStore,
    @Inject(ErpConnectors) private readonly connectors: ErpConnectors,
    @Inject(ErpAccounts) private readonly accounts: ErpAccounts,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(CheckpointKeeper) private readonly keeper: CheckpointKeeper,
  ) {}

  /**
   * As things are now. An incremental one reads what is new in the streams, a full one all of them, and checks what was
   * kept. One goes on at a time; whoever asks while one of the kind goes on gets the same.
   */
  report(kind: ReconciliationReport['kind'] = 'incremental'): Promise<ReconciliationReport> {
    const underWay = this.underWay.get(kind);
    if (underWay !== undefined) return underWay;
    const report = this.turn.then(() => this.reconcile(kind)).finally(() => this.underWay.delete(kind));
    this.underWay.set(kind, report);
    this.turn = report.catch(() => undefined);
    return report;
  }

  private async reconcile(kind: ReconciliationReport['kind']): Promise<ReconciliationReport> {
    const at = this.clock.now();
    const begin = performance.now();
    const { books, keptOtherwise } = kind === 'full' ? await this.readAll() : await this.readOn();
    const { position, stock } = books;
    const readModel = await compareModel(this.model, stock);
    const erps: ErpReport[] = [];
    for (const connector of this.connectors.all) erps.push(await this.compareErp(connector, books, kind));
    const { compared, notValued, differing, values } = stock;
    this.newest = {
      position,
      at,
      tookMs: Math.round(performance.now() - begin),
      kind,
      keptOtherwise,
      stock: {
        compared,
        notValued,
        differing: differing.slice(0, MOST_NAMED),
        values: values.slice(0, MOST_NAMED),
        unposted: [...stock.unposted()].slice(0, MOST_NAMED),
      },
      readModel: readModel && { ...readModel, differing: readModel.differing.slice(0, MOST_NAMED) },
      erps,
    };
    if (isReconciled(this.newest)) this.goodAt = at;
    this.keeper.changed(() => books.content());
    return this.newest;
  }

  private async readOn() {
    const books = this.books ?? (await this.kept()) ?? BooksFold.of(this.names);
    // What was half taken in is not gone on from.
    this.books = undefined;
    await books.readOn(this.store);
    this.books = books;
    return { books, keptOtherwise: [] };
  }

  /** Nothing that was kept has a part in it, but it is held against it. */
  private async readAll() {
    const books = BooksFold.of(this.names);
    await books.readOn(this.store);
    const before = this.books ?? (await this.kept());
    this.books = undefined;
    await before?.readOn(this.store, books.position);
    const keptOtherwise = before === undefined ? [] : foldDifferences(before, books).slice(0, MOST_NAMED);
    this.books = books;
    return { books, keptOtherwise };
  }

  private async kept(): Promise<BooksFold | undefined> {
    const content = await this.keeper.open(await this.store.identity());
    return content === undefined ? undefined : BooksFold.restored(content, this.names);
  }

  private get names(): readonly string[] {
    return this.connectors.all.map(({ name }) => name);
  }

  private async compareErp(
    connector: ErpConnector,
    books: BooksFold,
    kind: ReconciliationReport['kind'],
  ): Promise<ErpReport> {
    const { name } = connector;
    const fold = books.deliveries.get(name);
    if (fold === undefined) throw new Error(`Nothing was read of ${name}`);
    const accountOf = (line: JournalLine): string => this.accounts.accountOf(name, line);
    const catchUp = () => books.readOn(this.store);
    const comparison = await checkErp({ connector, accountOf, valued: books.valued, fold, catchUp });
    const { position } = books;
    const unrecorded = new Set(comparison.unrecorded);
    const parts = { store: this.store, connector, accountOf, position, unrecorded, most: MOST_NAMED };
    const explanation = await this.explain(parts, comparison.accounts, kind);
    return erpReport({ connector: name, position, fold, comparison, explanation, most: MOST_NAMED });
  }

  private async explain(
    parts: ExplainParts,
    accounts: readonly AccountDiffers[],
    kind: ReconciliationReport['kind'],
  ): Promise<Explanation> {
    const { name } = parts.connector;
    const differences = accounts.map(differenceName).join();
    const known = this.explained.get(name);
    if (kind === 'incremental' && known?.differences === differences) return known.explanation;
    try {
      const explanation = await explain(parts, accounts);
      this.explained.set(name, { differences, explanation });
      return explanation;
    } catch (error) {
      if (error instanceof EventStoreUnavailable) throw error;
      // The differences are told all the same; the next one asks the ERP again.
      return { entries: [], foreign: [] };
    }
  }
}
