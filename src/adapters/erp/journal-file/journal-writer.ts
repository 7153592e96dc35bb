import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ErpEntry, ErpOutcome, ErpPosting } from '../../../ports/erp.js';
import type { Log } from '../../../ports/log.js';
import { accountOf, type Chart } from '../chart.js';
import type { Balances } from './balances.js';
import type { RefIndex } from './ref-index.js';
import { type JournalContent, scanJournal } from './scan.js';
import { JOURNAL_HEADER, readTransaction, renderTransaction } from './transaction.js';

/** So much of what is cut off goes to the log. */
const LOGGED_BYTES = 500;

/** A journal that is open for appending whole transactions. The caller sees to it that there is no second one. */
export class JournalWriter {
  private constructor(
    private readonly path: string,
    private readonly chart: Chart,
    private readonly file: FileHandle,
    private readonly inode: number,
    private readonly refs: RefIndex,
    readonly balances: Balances,
    private end: number,
  ) {}

  /** Opens or begins the journal, and cuts off what a crash has torn. @throws JournalDamaged */
  static async open(path: string, chart: Chart, log: Log): Promise<JournalWriter> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    try {
      const content = await scanJournal(file);
      await mend(file, content, path, log);
      const { ino } = await file.stat();
      const writer = new JournalWriter(path, chart, file, ino, content.refs, content.balances, content.end);
      if (content.end === 0) await writer.begin();
      return writer;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  has(ref: string): boolean {
    return this.refs.has(ref, this.file.fd);
  }

  entry(ref: string): ErpEntry | undefined {
    const text = this.refs.transaction(ref, this.file.fd);
    const found = text === undefined ? undefined : readTransaction(text);
    if (found === undefined) return undefined;
    return { date: found.date, lines: found.amounts.map(({ account, minor }) => ({ account, amount: minor })) };
  }

  /** Writes those that are not there yet, all in one piece, and makes them durable. */
  async append(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    const outcomes: ErpOutcome[] = [];
    const fresh = new Map<string, { posting: ErpPosting; offset: number }>();
    let text = '';
    for (const posting of postings) {
      const { ref } = posting;
      const known = fresh.has(ref) || this.has(ref);
      outcomes.push({ status: known ? 'duplicate' : 'posted' });
      if (known) continue;
      fresh.set(ref, { posting, offset: this.end + text.length });
      text += renderTransaction(posting, this.chart);
    }
    if (text === '') return outcomes;
    await this.write(text);
    for (const [ref, { posting, offset }] of fresh) {
      this.refs.add(ref, offset);
      const { date, currency, lines } = posting;
      this.balances.add(
        date,
        lines.map((line) => ({ account: accountOf(this.chart, line), currency, minor: line.amount })),
      );
    }
    return outcomes;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async begin(): Promise<void> {
    await this.write(JOURNAL_HEADER);
    const folder = await open(dirname(this.path));
    await folder.sync().finally(() => folder.close());
  }

  private async write(text: string): Promise<void> {
    const { size, ino } = await stat(this.path);
    if (size !== this.end || ino !== this.inode) {
      throw new Error(`${this.path} is not as it was left, at ${this.end} bytes: someone has changed it.`);
    }
    const bytes = Buffer.from(text, 'latin1');
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.file.write(bytes, written, bytes.length - written, this.end + written);
      written += bytesWritten;
    }
    await this.file.datasync();
    this.end += bytes.length;
  }
}

async function mend(file: FileHandle, { end }: JournalContent, path: string, log: Log): Promise<void> {
  const { size } = await file.stat();
  if (size === end) return;
  const torn = Buffer.alloc(Math.min(LOGGED_BYTES, size - end));
  await file.read(torn, 0, torn.length, end);
  await file.truncate(end);
  await file.sync();
  log.warn('the journal ended in a torn transaction, which was cut off', {
    journal: path,
    bytes: size - end,
    text: torn.toString('latin1'),
  });
}
