import { TrytonSession } from '../../../src/adapters/erp/tryton/session.js';
import type { Currency } from '../../../src/domain/values/currency.js';
import { eventId } from '../../../src/domain/values/event-id.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import type { ErpPosting } from '../../../src/ports/erp.js';
import { saleOf } from '../postings.js';
import type { Tryton } from './tryton.mjs';

const CONTEXT = { company: 1, language: 'en' };

/** A day of this year, which is open: `YYYY-MM-DD`. */
export const dayOf = (month: number, year = new Date().getFullYear()) => `${year}-${String(month).padStart(2, '0')}-15`;

let number = 0;

/** The posting of a sale that no other test has, in the ERP's currency. */
export function aSale(more: Partial<ErpPosting> = {}, cents = 100n): ErpPosting {
  number += 1;
  const location = 'STORE-A' as LocationId;
  const sale = saleOf(number, cents, {
    ref: eventId(`sale ${process.pid} ${Date.now()}`, String(number)),
    sku: `SKU-${number}` as Sku,
    location,
    date: dayOf(3),
    currency: 'EUR' as Currency,
    ...more,
  });
  return { ...sale, lines: more.lines ?? sale.lines.map((line) => ({ ...line, location })) };
}

export interface MoveRow {
  readonly id: number;
  readonly external_ref: string | null;
  readonly state: string;
}

/** The accountant at work in the ERP itself. */
export class Accountant {
  private readonly session: TrytonSession;

  constructor(tryton: Tryton) {
    this.session = new TrytonSession(tryton.accountant, 60_000);
  }

  call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return this.session.call(method, ...params, CONTEXT);
  }

  async rows<Row = { readonly id: number }>(model: string, domain: readonly unknown[], fields: readonly string[]) {
    return (await this.call(`${model}.search_read`, domain, 0, null, null, fields)) as readonly Row[];
  }

  moves(): Promise<readonly MoveRow[]> {
    return this.rows<MoveRow>('account.move', [], ['external_ref', 'state']);
  }

  /** @param month from 1 */
  async period(month: number, year = new Date().getFullYear()): Promise<number> {
    const name = { __class__: 'date', year, month, day: 1 };
    const [period] = await this.rows('account.period', [['start_date', '=', name]], ['name']);
    if (period === undefined) throw new Error(`There is no period ${year}-${month}`);
    return period.id;
  }

  /** @throws when drafts are left in it */
  async close(month: number): Promise<void> {
    await this.call('account.period.close', [await this.period(month)]);
  }

  async reopen(month: number): Promise<void> {
    const period = await this.period(month);
    await this.call('account.period.reopen', [period]);
    const journals = await this.rows('account.journal.period', [['period', '=', period]], ['state']);
    await this.call(
      'account.journal.period.reopen',
      journals.map(({ id }) => id),
    );
  }
}
