import type { Result } from './client.js';

/** Enough to mend a file by; running again lists the rest. Keeps memory flat when every line is bad. */
const MAX_LISTED = 1_000;
const MAX_REASONS = 40;

interface Counts {
  accepted: number;
  duplicate: number;
  rejected: number;
}

/** Counts what became of the lines and of the opening receipts, and prints the closing table. */
export class Tally {
  rowsRead = 0;
  readonly #lines: Counts = { accepted: 0, duplicate: 0, rejected: 0 };
  readonly #openings: Counts = { accepted: 0, duplicate: 0, rejected: 0 };
  readonly #skipped = new Map<string, number>();
  readonly #exceptions = new Map<string, number>();
  readonly #rejections: { readonly line: number; readonly text: string }[] = [];
  readonly #startedAtMs = performance.now();

  /** Nothing was rejected, so all goods are in the service. */
  get complete(): boolean {
    return this.#lines.rejected + this.#openings.rejected === 0;
  }

  skip(reason: string): void {
    const name = printable(reason);
    const known = this.#skipped.has(name) || this.#skipped.size < MAX_REASONS;
    increment(this.#skipped, known ? name : 'other reasons');
  }

  reject(line: number, problem: string): void {
    this.#lines.rejected++;
    this.#list(line, problem);
  }

  /** The service's word on the movement of a line, or on the opening receipt that stands before it. */
  settle(line: number, kind: 'line' | 'opening', result: Result): void {
    const counts = kind === 'line' ? this.#lines : this.#openings;
    counts[result.status]++;
    if (result.status === 'accepted') for (const code of result.exceptions) increment(this.#exceptions, code);
    if (result.status === 'rejected') {
      this.#list(line, kind === 'line' ? result.problem : `opening receipt: ${result.problem}`);
    }
  }

  /** The table: a name and a plain number a row, details indented below. */
  table(withOpenings: boolean): string {
    const skipped = sum(this.#skipped);
    const { accepted, duplicate, rejected } = this.#lines;
    const unposted = this.rowsRead - accepted - duplicate - rejected - skipped;
    const seconds = (performance.now() - this.#startedAtMs) / 1000;
    const opened = this.#openings;
    return [
      row('rows read', this.rowsRead),
      row('accepted', accepted),
      ...details(this.#exceptions, 'with exception '),
      row('duplicate', duplicate),
      row('skipped', skipped),
      ...details(this.#skipped, ''),
      row('rejected', rejected + opened.rejected),
      ...this.#listing(),
      ...(unposted > 0 ? [row('read, not posted', unposted)] : []),
      ...(withOpenings
        ? [row('opening receipts', opened.accepted + opened.duplicate), row('  of them duplicate', opened.duplicate)]
        : []),
      `took ${seconds.toFixed(1)} s, ${Math.round(this.rowsRead / seconds)} lines/s`,
      '',
    ].join('\n');
  }

  #list(line: number, text: string): void {
    if (this.#rejections.length < MAX_LISTED) this.#rejections.push({ line, text: printable(text) });
  }

  #listing(): readonly string[] {
    const listed = this.#rejections
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, text }) => `  line ${line}: ${text}`);
    const more = this.#lines.rejected + this.#openings.rejected - listed.length;
    return more > 0 ? [...listed, `  and ${more} more`] : listed;
  }
}

/** Text out of a file or an answer must not steer the terminal it is printed on. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

function row(name: string, count: number): string {
  return `${name.padEnd(44)}${String(count).padStart(10)}`;
}

function details(counts: ReadonlyMap<string, number>, prefix: string): readonly string[] {
  const byCount = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return byCount.map(([name, count]) => row(`  ${prefix}${name}`, count));
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
