import { type Currency, storedCurrency } from '../../../domain/values/currency.js';
import type { ErpBalance } from '../../../ports/erp.js';
import { TrytonMisconfigured } from './fault.js';
import { searchRead, type TrytonContext } from './records.js';
import type { TrytonSession } from './session.js';
import { minorOf, type TrytonDecimal, trytonDate } from './values.js';

interface BalanceRow {
  readonly code: string;
  readonly debit: TrytonDecimal;
  readonly credit: TrytonDecimal;
}

/** The company whose books the user keeps, and what postings to it need. */
export class Books {
  /** By code; what is missing is asked for again, so that it can be added while the poster runs. */
  private readonly accounts = new Map<string, number>();

  private constructor(
    private readonly session: TrytonSession,
    readonly context: TrytonContext,
    readonly journal: number,
    readonly currency: { readonly code: Currency; readonly places: number },
  ) {}

  /** @param journalCode e.g. `INV` @throws TrytonMisconfigured when something is not set up */
  static async open(session: TrytonSession, journalCode: string): Promise<Books> {
    const preferences = (await session.call('res.user.get_preferences', true, {})) as { company?: number | null };
    const { company } = preferences;
    if (typeof company !== 'number') throw new TrytonMisconfigured('The ERP user has no company: set one in the ERP.');
    const context: TrytonContext = { company, language: 'en' };
    await expectExternalRef(session, context);
    const fields = ['currency.code', 'currency.digits'];
    type CompanyRow = { 'currency.': { code: string; digits: number } };
    const [row] = await searchRead<CompanyRow>(session, 'company.company', [['id', '=', company]], fields, context);
    if (row === undefined) throw new TrytonMisconfigured(`The ERP user may not read its company ${company}.`);
    const { code, digits: places } = row['currency.'];
    const journal = await journalOf(session, journalCode, context);
    return new Books(session, context, journal, { code: storedCurrency(code), places });
  }

  /** Ids of the accounts that there are, once each, under these codes. */
  async accountIds(codes: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const unknown = [...codes].filter((code) => !this.accounts.has(code));
    if (unknown.length > 0) {
      const domain = [
        ['code', 'in', unknown],
        ['company', '=', this.context.company],
      ];
      const found = await searchRead<{ code: string }>(this.session, 'account.account', domain, ['code'], this.context);
      for (const { code, id } of found) {
        const isAlone = found.filter((other) => other.code === code).length === 1;
        if (isAlone) this.accounts.set(code, id);
      }
    }
    return this.accounts;
  }

  /** Codes of accounts by their ids; accounts without one are left out. */
  async accountCodes(ids: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> {
    const domain = [
      ['id', 'in', [...ids]],
      ['code', '!=', null],
    ];
    type Row = { code: string };
    const rows = await searchRead<Row>(this.session, 'account.account', domain, ['code'], this.context);
    return new Map(rows.map(({ id, code }) => [id, code]));
  }

  /** Of every account that has a code, what is posted up to the end of the day, or of all days. */
  async balances(asOf?: string): Promise<readonly ErpBalance[]> {
    const { context, currency } = this;
    const until = asOf === undefined ? '9999-12-31' : asOf;
    const domain = [
      ['code', '!=', null],
      ['company', '=', context.company],
    ];
    const fields = ['code', 'debit', 'credit'];
    const upTo = { ...context, posted: true, to_date: trytonDate(until) };
    const rows = await searchRead<BalanceRow>(this.session, 'account.account', domain, fields, upTo);
    return rows.map(({ code, debit, credit }) => ({
      account: code,
      currency: currency.code,
      debit: minorOf(debit, currency.places),
      credit: minorOf(credit, currency.places),
    }));
  }

  /** After the ERP refused an account: it may have been replaced. */
  forgetAccounts(): void {
    this.accounts.clear();
  }
}

/** Without the ERP's own unique key nothing could keep a posting from being booked twice. */
async function expectExternalRef(session: TrytonSession, context: TrytonContext): Promise<void> {
  const fields = (await session.call('account.move.fields_get', [], context)) as Readonly<Record<string, unknown>>;
  if ('external_ref' in fields) return;
  throw new TrytonMisconfigured(
    'The ERP keeps no unique external_ref on its moves: install the module posting_ref in it first.',
  );
}

async function journalOf(session: TrytonSession, code: string, context: TrytonContext): Promise<number> {
  const journals = await searchRead(session, 'account.journal', [['code', '=', code]], ['code'], context);
  const [journal] = journals;
  if (journal !== undefined && journals.length === 1) return journal.id;
  throw new TrytonMisconfigured(
    `The ERP has ${journals.length} journals with the code ${code}: give it one, or name another in the chart.`,
  );
}
