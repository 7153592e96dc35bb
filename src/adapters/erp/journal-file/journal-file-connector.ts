import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DELIVERY_PARTITIONS } from '../../../domain/delivery/partitions.js';
import { storedCurrency } from '../../../domain/values/currency.js';
import type { ErpBalance, ErpEntry, ErpMovement, ErpOutcome, ErpPosting } from '../../../ports/erp.js';
import { ErpConnector } from '../../../ports/erp.js';
import type { Log } from '../../../ports/log.js';
import { FileLock } from '../../file-lock.js';
import { type Chart, mappingOf } from '../chart.js';
import { assertionsJournal } from './balances.js';
import { HLEDGER_CHART } from './chart.js';
import { JournalWriter } from './journal-writer.js';
import { JournalLedger, readJournal } from './ledger.js';

export interface JournalFileOptions {
  /** Default `journal`. */
  readonly name?: string;
  /** Default: accounts such as `assets:inventory:LEEDS`. */
  readonly chart?: Chart;
  /** How long to wait for a process that was killed just now to let go of the file; default 5,000. */
  readonly lockPatienceMs?: number;
}

interface Waiting {
  readonly postings: readonly ErpPosting[];
  readonly answer: (outcomes: readonly ErpOutcome[]) => void;
}

const BATCH_LIMIT = 500;

/** Posts to a journal that `hledger` reads. Whoever posts at the same time shares one write and one fsync. */
export class JournalFileConnector extends ErpConnector {
  override readonly name: string;
  override readonly batchLimit = BATCH_LIMIT;
  /** Calls of all partitions share one write. */
  override readonly parallel = DELIVERY_PARTITIONS;
  override readonly mapping: string;
  private readonly chart: Chart;
  private readonly lockPatienceMs: number;
  private lock: FileLock | undefined;
  private writer: JournalWriter | undefined;
  private opening: Promise<void> | undefined;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private read: { readonly version: string; readonly ledger: JournalLedger } | undefined;

  constructor(
    /** Of the journal, e.g. `postings.journal`. */
    private readonly path: string,
    private readonly log: Log,
    { name = 'journal', chart = HLEDGER_CHART, lockPatienceMs = 5_000 }: JournalFileOptions = {},
  ) {
    super();
    this.name = name;
    this.chart = chart;
    this.mapping = mappingOf(chart);
    this.lockPatienceMs = lockPatienceMs;
  }

  override open(): Promise<void> {
    this.opening ??= this.openFile().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  override post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    return new Promise((answer) => {
      this.waiting.push({ postings, answer });
      this.writing ??= this.write();
    });
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    const { writer } = this;
    if (writer === undefined) throw new Error(`${this.path} is not open.`);
    return new Set(refs.filter((ref) => writer.has(ref)));
  }

  /**
   * Writes a journal beside this one that includes it and asserts what its accounts hold, as this process has
   * counted. @returns its path
   */
  async writeAssertions(): Promise<string> {
    await this.writing;
    if (this.writer === undefined) throw new Error(`${this.path} is not open.`);
    const path = this.assertionsPath;
    const { balances } = this.writer;
    const text = assertionsJournal(basename(this.path), balances.newestDate ?? '', balances.list());
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
    return path;
  }

  /** As they stand in the file, whoever has changed it. */
  override async balances(asOf?: string): Promise<readonly ErpBalance[]> {
    return (await this.ledger()).balances(asOf);
  }

  override async movements(account: string, from: string, to: string): Promise<readonly ErpMovement[]> {
    const movements: ErpMovement[] = [];
    await this.ledger();
    await readJournal(this.path, (found, offset) => {
      if (found.date < from || found.date > to) return;
      for (const { currency, minor: amount, ...line } of found.amounts) {
        if (line.account !== account) continue;
        const { ref, date } = found;
        movements.push({ entry: `byte ${offset}`, ref, date, amount, currency: storedCurrency(currency) });
      }
    });
    return movements;
  }

  override async entries(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>> {
    const { writer } = this;
    if (writer === undefined) throw new Error(`${this.path} is not open.`);
    const entries = new Map<string, ErpEntry>();
    for (const ref of refs) {
      const entry = writer.entry(ref);
      if (entry !== undefined) entries.set(ref, entry);
    }
    return entries;
  }

  override async close(): Promise<void> {
    await this.opening?.catch(() => undefined);
    await this.writing;
    if (this.writer !== undefined) await this.writeAssertions();
    await this.closeFile();
    this.lock?.release();
    this.lock = undefined;
  }

  /** Read anew when the file is another one than it was. */
  private async ledger(): Promise<JournalLedger> {
    await this.writing;
    if (this.writer === undefined) throw new Error(`${this.path} is not open.`);
    const { mtimeMs, size } = await stat(this.path);
    const version = `${mtimeMs} ${size}`;
    if (this.read?.version !== version) this.read = { version, ledger: await JournalLedger.read(this.path) };
    return this.read.ledger;
  }

  private get assertionsPath(): string {
    return join(dirname(this.path), `${basename(this.path, '.journal')}.assertions.journal`);
  }

  private async openFile(): Promise<void> {
    if (this.writer !== undefined) return;
    await mkdir(dirname(this.path), { recursive: true });
    this.lock ??= await FileLock.acquire(`${this.path}.lock`, this.lockPatienceMs);
    // What it asserts would soon be wrong.
    await rm(this.assertionsPath, { force: true });
    this.writer = await JournalWriter.open(this.path, this.chart, this.log);
  }

  private async closeFile(): Promise<void> {
    const { writer } = this;
    this.writer = undefined;
    await writer?.close();
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      // Partitions post in the same turn of the event loop: wait for all of them.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.waiting;
      this.waiting = [];
      const outcomes = await this.append(batch.flatMap(({ postings }) => postings));
      let next = 0;
      for (const { postings, answer } of batch) {
        answer(outcomes.slice(next, next + postings.length));
        next += postings.length;
      }
    }
    this.writing = undefined;
  }

  /** After a failure the file is closed, so that the next start reads what is in it, and mends it. */
  private async append(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    try {
      if (this.writer === undefined) throw new Error(`${this.path} is not open.`);
      return await this.writer.append(postings);
    } catch (error) {
      await this.closeFile().catch(() => undefined);
      const detail = error instanceof Error ? error.message : String(error);
      return postings.map(() => ({ status: 'retry-later', applied: 'unknown', detail }));
    }
  }
}
