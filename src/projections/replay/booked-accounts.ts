import type { ChangeTally } from '../../domain/replay/change-report.js';
import type { ChartChange } from '../../domain/replay/replay.js';
import { reclassificationRef } from '../../domain/valuation/adjustments.js';
import { decodeValued } from '../../domain/valuation/codec.js';
import type { JournalLine, Posting, Valued } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { ErpEntry } from '../../ports/erp.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { itemOf, type ValuationItem } from '../erp-delivery/valuation-item.js';

export interface BookedPostings {
  /** Of the stream; -1 when there is none. */
  readonly revision: number;
  readonly newest: Valued | undefined;
  readonly items: readonly ValuationItem[];
  /** Of all postings, also those of other connectors. */
  readonly refs: ReadonlySet<string>;
}

/** What a valuation stream has for a connector. */
export async function readBookedPostings(
  store: EventStore,
  stream: string,
  connector: string,
  upTo: Position,
): Promise<BookedPostings> {
  const items: ValuationItem[] = [];
  const refs = new Set<string>();
  let [revision, newest]: [number, Valued | undefined] = [-1, undefined];
  for await (const event of store.readStream(stream)) {
    if (event.position > upTo) break;
    newest = decodeValued(event.data);
    revision = event.revision;
    for (const { ref } of newest.postings) refs.add(ref);
    const item = itemOf(event, connector);
    if (item !== undefined) items.push(item);
  }
  return { revision, newest, items, refs };
}

interface Moved {
  readonly currency: Currency;
  readonly period: string;
  readonly line: Omit<JournalLine, 'amount' | 'dimensions'> & { readonly account: string };
  before: bigint;
  after: bigint;
}

/** On which accounts an ERP has the postings of a stream, and on which a new chart has them. */
export class BookedAccounts {
  private readonly moved = new Map<string, Moved>();

  constructor(
    private readonly change: ChartChange,
    private readonly connector: string,
  ) {}

  /** What the ERP does not have, or has with other amounts, is none of a chart's business. */
  add({ lines, currency }: Posting, entry: ErpEntry | undefined, accountOf: (line: JournalLine) => string): void {
    if (entry === undefined) return;
    const left = [...entry.lines];
    const pairs = lines.map((line) => {
      const at = left.findIndex(({ amount }) => amount === line.amount);
      const [held] = at < 0 ? [] : left.splice(at, 1);
      return { line, held };
    });
    if (left.length > 0 || pairs.some(({ held }) => held === undefined)) return;
    const period = entry.date.slice(0, 7);
    for (const { line, held } of pairs) {
      if (held !== undefined) this.at(currency, period, line, held.account).before += line.amount;
      this.at(currency, period, line, accountOf(line)).after += line.amount;
    }
  }

  /** What an earlier chart has moved, or is going to. */
  addMoved({ lines, currency, reclassification }: Posting): void {
    if (reclassification === undefined) return;
    for (const line of lines) {
      if (line.account === undefined) continue;
      this.at(currency, reclassification.period, line, line.account).before += line.amount;
    }
  }

  /** One posting for each period and currency in which an account is to hold something else. */
  reclassifications(eventId: string, taken: ReadonlySet<string>): readonly Posting[] {
    const connector = this.connector;
    const { chart, date } = this.change;
    const postings = new Map<string, Posting & { readonly lines: JournalLine[] }>();
    let part = 0;
    const nextRef = (): string => {
      do part += 1;
      while (taken.has(reclassificationRef(eventId, chart.version, part)));
      return reclassificationRef(eventId, chart.version, part);
    };
    for (const [, { currency, period, line, before, after }] of this.inOrder()) {
      if (before === after) continue;
      const name = `${period} ${currency}`;
      const posting = postings.get(name) ?? {
        ref: nextRef(),
        date,
        currency,
        lines: [],
        reclassification: { connector, period },
      };
      postings.set(name, posting);
      posting.lines.push({ ...line, amount: after - before });
    }
    return [...postings.values()];
  }

  tell(tally: ChangeTally): void {
    for (const [, { currency, period, line, before, after }] of this.inOrder()) {
      tally.addLine({ account: line.account, location: line.location, currency, period }, before, after);
    }
  }

  private inOrder(): readonly [string, Moved][] {
    return [...this.moved].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  private at(currency: Currency, period: string, { role, location }: JournalLine, account: string): Moved {
    const name = [period, currency, role, location, account].join(' ');
    const moved = this.moved.get(name) ?? {
      currency,
      period,
      line: { role, location, account },
      before: 0n,
      after: 0n,
    };
    this.moved.set(name, moved);
    return moved;
  }
}
