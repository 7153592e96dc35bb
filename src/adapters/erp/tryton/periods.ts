import type { Books } from './books.js';
import { searchRead } from './records.js';
import type { TrytonSession } from './session.js';
import { dateOf, type TrytonDate, trytonDate } from './values.js';

/** Where postings of a day go; `reason` tells why they cannot go anywhere. */
export type PeriodOfDate =
  | { readonly status: 'open'; readonly id: number }
  | { readonly status: 'closed'; readonly reason: string }
  | { readonly status: 'missing'; readonly reason: string };

interface OpenPeriod {
  readonly id: number;
  readonly start: string;
  readonly end: string;
}

interface PeriodRow {
  readonly name: string;
  readonly state: string;
  readonly start_date: TrytonDate;
  readonly end_date: TrytonDate;
}

/**
 * The ERP's periods by date. An open one is remembered, and forgotten as soon as the ERP has refused a posting; a
 * closed one is asked for every time, so that it counts as closed by what the ERP says now.
 */
export class Periods {
  private open: readonly OpenPeriod[] = [];

  constructor(
    private readonly session: TrytonSession,
    private readonly books: Books,
  ) {}

  forget(): void {
    this.open = [];
  }

  /** @param date `YYYY-MM-DD` */
  async of(date: string): Promise<PeriodOfDate> {
    const known = this.open.find(({ start, end }) => start <= date && date <= end);
    if (known !== undefined) return { status: 'open', id: known.id };
    const day = trytonDate(date);
    const [period] = await this.search([
      ['start_date', '<=', day],
      ['end_date', '>=', day],
    ]);
    if (period === undefined) return { status: 'missing', reason: `There is no period for ${date}.` };
    const { id, name } = period;
    if (period.state !== 'open') return { status: 'closed', reason: `The period ${name} is closed.` };
    if ((await this.withClosedJournal([id])).has(id)) {
      return { status: 'closed', reason: `The journal is closed in the period ${name}.` };
    }
    this.open = [...this.open, { id, start: dateOf(period.start_date), end: dateOf(period.end_date) }];
    return { status: 'open', id };
  }

  /** The first day from this one on that is in an open period; undefined when there is none. */
  async openDateFrom(date: string): Promise<string | undefined> {
    const open = await this.search([
      ['end_date', '>=', trytonDate(date)],
      ['state', '=', 'open'],
    ]);
    const closed = await this.withClosedJournal(open.map(({ id }) => id));
    const starts = open.filter(({ id }) => !closed.has(id)).map((period) => dateOf(period.start_date));
    const [first] = starts.sort();
    return first === undefined || first > date ? first : date;
  }

  private search(domain: readonly unknown[]) {
    const { context } = this.books;
    const standard = [
      ['type', '=', 'standard'],
      ['company', '=', context.company],
    ];
    const fields = ['name', 'state', 'start_date', 'end_date'];
    return searchRead<PeriodRow>(this.session, 'account.period', [...domain, ...standard], fields, context);
  }

  /** A period that was reopened may keep its journals closed. */
  private async withClosedJournal(periods: readonly number[]): Promise<ReadonlySet<number>> {
    const { context, journal } = this.books;
    const domain = [
      ['period', 'in', periods],
      ['journal', '=', journal],
      ['state', '!=', 'open'],
    ];
    const rows = await searchRead<{ period: number }>(
      this.session,
      'account.journal.period',
      domain,
      ['period'],
      context,
    );
    return new Set(rows.map(({ period }) => period));
  }
}
