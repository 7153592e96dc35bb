import type { ErpMovement } from '../../../ports/erp.js';
import type { Books } from './books.js';
import { searchRead } from './records.js';
import type { TrytonSession } from './session.js';
import { dateOf, minorOf, type TrytonDate, type TrytonDecimal, trytonDate } from './values.js';

/** A move as the ERP holds it. */
export interface FoundMove {
  readonly id: number;
  readonly ref: string;
  readonly posted: boolean;
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly lines: readonly FoundLine[];
}

export interface FoundLine {
  /** Id of the account. */
  readonly account: number;
  /** In minor units: a debit above 0, a credit below. */
  readonly amount: bigint;
}

interface MoveRow {
  readonly external_ref: string;
  readonly state: string;
  readonly date: TrytonDate;
}

interface LineRow {
  readonly move: number;
  readonly account: number;
  readonly debit: TrytonDecimal;
  readonly credit: TrytonDecimal;
}

interface AccountLineRow {
  readonly debit: TrytonDecimal;
  readonly credit: TrytonDecimal;
  readonly 'move.': {
    readonly external_ref: string | null;
    readonly number: string | null;
    readonly date: TrytonDate;
  };
}

/** The ERP's account moves, by our refs. */
export class Moves {
  constructor(
    private readonly session: TrytonSession,
    private readonly books: Books,
  ) {}

  /** Those of the refs that are posted. */
  async posted(refs: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.rows([['external_ref', 'in', refs]]);
    return new Set(rows.filter(({ state }) => state === 'posted').map((row) => row.external_ref));
  }

  /** Drafts and posted ones, by ref. */
  async find(refs: readonly string[]): Promise<ReadonlyMap<string, FoundMove>> {
    const rows = await this.rows([['external_ref', 'in', refs]]);
    if (rows.length === 0) return new Map();
    const { context, currency } = this.books;
    const fields = ['move', 'account', 'debit', 'credit'];
    const ids = rows.map(({ id }) => id);
    const lines = await searchRead<LineRow>(this.session, 'account.move.line', [['move', 'in', ids]], fields, context);
    const amountOf = ({ debit, credit }: LineRow) => minorOf(debit, currency.places) - minorOf(credit, currency.places);
    return new Map(
      rows.map(({ id, external_ref: ref, state, date }) => {
        const own = lines.filter(({ move }) => move === id);
        const found = own.map((line) => ({ account: line.account, amount: amountOf(line) }));
        return [ref, { id, ref, posted: state === 'posted', date: dateOf(date), lines: found }];
      }),
    );
  }

  /** All lines that are posted on an account, by its code, from a day to a day. */
  async onAccount(code: string, from: string, to: string): Promise<readonly ErpMovement[]> {
    const { context, currency } = this.books;
    const domain = [
      ['account.code', '=', code],
      ['move.company', '=', context.company],
      ['move.state', '=', 'posted'],
      ['move.date', '>=', trytonDate(from)],
      ['move.date', '<=', trytonDate(to)],
    ];
    const fields = ['debit', 'credit', 'move.external_ref', 'move.number', 'move.date'];
    const rows = await searchRead<AccountLineRow>(this.session, 'account.move.line', domain, fields, context);
    return rows.map(({ id, debit, credit, 'move.': { external_ref: ref, number, date } }) => ({
      entry: number ?? `line ${id}`,
      ref,
      date: dateOf(date),
      amount: minorOf(debit, currency.places) - minorOf(credit, currency.places),
      currency: currency.code,
    }));
  }

  /** Ids of drafts that somebody like us has left behind. */
  async drafts(): Promise<readonly number[]> {
    const rows = await this.rows([
      ['external_ref', '!=', null],
      ['state', '=', 'draft'],
      ['journal', '=', this.books.journal],
    ]);
    return rows.map(({ id }) => id);
  }

  /** All of them or none, as drafts. @returns their ids in the same order */
  async create(values: readonly object[]): Promise<readonly number[]> {
    return (await this.session.call('account.move.create', values, this.books.context)) as readonly number[];
  }

  /** All of them or none. */
  async post(ids: readonly number[]): Promise<void> {
    await this.session.call('account.move.post', ids, this.books.context);
  }

  /** Drafts only. */
  async delete(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.session.call('account.move.delete', ids, this.books.context);
  }

  private rows(domain: readonly unknown[]): Promise<readonly (MoveRow & { readonly id: number })[]> {
    const { context } = this.books;
    return searchRead<MoveRow>(
      this.session,
      'account.move',
      [...domain, ['company', '=', context.company]],
      ['external_ref', 'state', 'date'],
      context,
    );
  }
}
