import { Inject, Injectable } from '@nestjs/common';
import type { JournalLine } from '../../domain/valuation/events.js';
import type { Instant } from '../../domain/values/instant.js';
import { AvailabilityStore } from '../../ports/availability-store.js';
import { Clock } from '../../ports/clock.js';
import { ErpAccounts, type ErpConnector, ErpConnectors } from '../../ports/erp.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { readBooks } from './books-reader.js';
import { DeliveriesCheck, type DeliveryCounts, type KnownPosting } from './deliveries-check.js';
import { type AccountDiffers, compareAccounts, compareEntries, type EntryDiffers } from './erp-check.js';
import { compareModel, type ModelComparison } from './model-check.js';
import { StockCheck, type UnitsDiffer } from './stock-check.js';

const ENTRIES_A_CALL = 50;
/** So many differences of a kind are named. */
const MOST_NAMED = 1_000;

export interface ErpReport extends DeliveryCounts {
  readonly connector: string;
  /** Refs that were delivered, and never valued. */
  readonly strangers: readonly string[];
  /** Undefined when the ERP cannot tell what its accounts hold. */
  readonly accounts: readonly AccountDiffers[] | undefined;
  /** Of the accounts that differ; what no entry explains was posted by others. */
  readonly entries: readonly EntryDiffers[];
}

export interface ReconciliationReport {
  readonly position: Position;
  readonly at: Instant;
  readonly stock: {
    readonly compared: number;
    readonly notValued: number;
    readonly differing: readonly UnitsDiffer[];
  };
  /** Undefined when the read model is away. */
  readonly readModel: ModelComparison | undefined;
  readonly erps: readonly ErpReport[];
}

/** What one connector has delivered, and what it calls its accounts. */
interface Deliveries {
  readonly connector: ErpConnector;
  readonly accountOf: (line: JournalLine) => string;
  readonly check: DeliveriesCheck;
}

/** Streams, valuations, deliveries, read model and the ERPs' own balances, each against the one before. */
@Injectable()
export class Reconciliation {
  private underWay: Promise<ReconciliationReport> | undefined;

  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(AvailabilityStore) private readonly model: AvailabilityStore,
    @Inject(ErpConnectors) private readonly connectors: ErpConnectors,
    @Inject(ErpAccounts) private readonly accounts: ErpAccounts,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Reads every stream; whoever asks while that goes on gets the same report. */
  report(): Promise<ReconciliationReport> {
    this.underWay ??= this.reconcile().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async reconcile(): Promise<ReconciliationReport> {
    const at = this.clock.now();
    const stock = new StockCheck();
    const deliveries = this.connectors.all.map((connector): Deliveries => {
      const accountOf = (line: JournalLine): string => this.accounts.accountOf(connector.name, line);
      return { connector, accountOf, check: new DeliveriesCheck(accountOf) };
    });
    const checks = new Map(deliveries.map(({ connector, check }) => [connector.name, check]));
    const position = await readBooks(this.store, stock, checks);
    const readModel = await compareModel(this.model, stock);
    const erps: ErpReport[] = [];
    for (const each of deliveries) erps.push(await this.compareErp(each));
    const { compared, notValued, differing } = stock;
    return {
      position,
      at,
      stock: { compared, notValued, differing: differing.slice(0, MOST_NAMED) },
      readModel: readModel && { ...readModel, differing: readModel.differing.slice(0, MOST_NAMED) },
      erps,
    };
  }

  private async compareErp({ connector, accountOf, check }: Deliveries): Promise<ErpReport> {
    const { name } = connector;
    const accounts = await compareAccounts(connector, check.balances);
    const entries =
      accounts === undefined || accounts.length === 0 ? [] : await this.explain(connector, accounts, accountOf);
    return { connector: name, ...check.counts, strangers: check.strangers.slice(0, MOST_NAMED), accounts, entries };
  }

  /** Reads the deliveries once more, and looks up what touched an account that differs. */
  private async explain(
    connector: ErpConnector,
    accounts: readonly AccountDiffers[],
    accountOf: (line: JournalLine) => string,
  ): Promise<readonly EntryDiffers[]> {
    const suspect = new Set(accounts.map(({ account }) => account));
    const postings: KnownPosting[] = [];
    const check = new DeliveriesCheck(accountOf, (posting) => {
      if (posting.lines.some((line) => suspect.has(accountOf(line)))) postings.push(posting);
    });
    await readBooks(this.store, undefined, new Map([[connector.name, check]]));
    const entries: EntryDiffers[] = [];
    while (postings.length > 0 && entries.length < MOST_NAMED) {
      entries.push(...(await compareEntries(connector, postings.splice(0, ENTRIES_A_CALL), accountOf)));
    }
    return entries.slice(0, MOST_NAMED);
  }
}
