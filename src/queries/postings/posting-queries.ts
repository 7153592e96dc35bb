import { Inject, Injectable } from '@nestjs/common';
import { worthOf } from '../../domain/delivery/worth.js';
import { concerns, type JournalLine } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import { STOCK_STREAMS } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import { formatMoney, type Money } from '../../domain/values/money.js';
import { ErpAccounts } from '../../ports/erp.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { type PostingCursor, type PostingEntry, PostingsBook, type PostingsQuery } from '../../ports/postings-book.js';
import { type PostingRecord, readPosting } from '../../streams/posting-reader.js';
import { readAtLeast } from '../wait-for-position.js';

/** A line as the connector's ERP has it; amounts are decimal text, one of the two is 0. */
export interface LineView {
  readonly account: string;
  readonly debit: string;
  readonly credit: string;
}

/** A posting as it stands with one connector. */
export interface PostingView {
  readonly entry: PostingEntry;
  readonly record: PostingRecord;
  readonly lines: readonly LineView[];
  /** The day that it counts on, `YYYY-MM-DD`. */
  readonly date: string;
  readonly worth: Money;
  /** Since when it has been waiting; undefined for what has come to an end. */
  readonly since: Instant | undefined;
}

export interface PostingsFreshness {
  /** Every movement and decision up to here is in the answer. */
  readonly position: Position;
  /** True when the position asked for was not reached in time. */
  readonly stale: boolean;
}

export interface PostingPage extends PostingsFreshness {
  readonly items: readonly PostingView[];
  /** Where the next page goes on; absent on the last. */
  readonly next?: PostingCursor;
}

/** Streams read at a time for one page. */
const READS_AT_ONCE = 16;

/** What became of postings: how they stand is in the book, what they say is in the valuation streams. */
@Injectable()
export class PostingQueries {
  constructor(
    @Inject(PostingsBook) private readonly book: PostingsBook,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ErpAccounts) private readonly accounts: ErpAccounts,
  ) {}

  /** With each connector, those that it is parked with first; empty when there is none with this ref. */
  async byRef(
    ref: string,
    minPosition?: Position,
  ): Promise<PostingsFreshness & { readonly views: readonly PostingView[] }> {
    const { entries, ...freshness } = await this.atLeast(minPosition, async () => ({
      entries: await this.book.byRef(ref),
    }));
    const views = (await this.viewsOf(entries)).filter(({ record }) => record.posting.ref === ref);
    return { views: views.sort((one, other) => rank(one) - rank(other)), ...freshness };
  }

  async page(query: PostingsQuery, minPosition?: Position): Promise<PostingPage> {
    const { entries, ...freshness } = await this.atLeast(minPosition, async () => ({
      entries: await this.book.page(query),
    }));
    const items = await this.viewsOf(entries.slice(0, query.limit));
    const last = entries[query.limit - 1];
    const { ordinal = 0, connector = '' } = last ?? {};
    return { items, ...(entries.length > query.limit ? { next: { ordinal, connector } } : {}), ...freshness };
  }

  private async viewsOf(entries: readonly PostingEntry[]): Promise<PostingView[]> {
    const views: PostingView[] = [];
    for (let index = 0; index < entries.length; index += READS_AT_ONCE) {
      const some = entries.slice(index, index + READS_AT_ONCE);
      const records = await Promise.all(some.map(({ valuation, part }) => readPosting(this.store, valuation, part)));
      for (const [at, entry] of some.entries()) {
        const record = records[at];
        if (record !== undefined && concerns(record.posting, entry.connector)) views.push(this.viewOf(entry, record));
      }
    }
    return views;
  }

  private viewOf(entry: PostingEntry, record: PostingRecord): PostingView {
    const { lines, currency, date } = record.posting;
    const isOpen = entry.status === 'pending' || entry.status === 'parked';
    return {
      entry,
      record,
      lines: lines.map((line) => this.lineOf(entry.connector, line, currency)),
      date: entry.date ?? date,
      worth: worthOf(record.posting),
      since: isOpen ? (entry.parkedAt ?? record.recordedAt) : undefined,
    };
  }

  private lineOf(connector: string, line: JournalLine, currency: Currency): LineView {
    const { amount } = line;
    const text = (minor: bigint) => formatMoney({ minor: minor > 0n ? minor : 0n, currency });
    return { account: this.accounts.accountOf(connector, line), debit: text(amount), credit: text(-amount) };
  }

  private async atLeast<Answer>(minPosition: Position | undefined, read: () => Promise<Answer>) {
    const valued = minPosition === undefined ? undefined : await this.valuable(minPosition);
    return readAtLeast(minPosition, async () => {
      const { position, valuedUpTo } = this.book.progress();
      const isValued = valued === undefined || valuedUpTo >= valued;
      return { ...(await read()), position: isValued ? position : valuedUpTo };
    });
  }

  /** A token may stand behind the last movement, where nothing more is going to be valued. */
  private async valuable(minPosition: Position): Promise<Position> {
    if (minPosition <= this.book.progress().valuedUpTo) return minPosition;
    const head = await this.store.head(STOCK_STREAMS);
    return head < minPosition ? head : minPosition;
  }
}

const rank = ({ entry }: PostingView): number => (entry.status === 'parked' ? 0 : 1);
