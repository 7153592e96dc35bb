import type { AccountRole } from '../../valuation/accounts.js';
import type { LineDimensions } from '../../valuation/events.js';
import { storedCurrency } from '../../values/currency.js';
import type { LocationId } from '../../values/identifiers.js';
import type { JsonObject } from '../../values/json.js';
import { formatMoney, storedMoney } from '../../values/money.js';
import type { SummaryEvent } from './summary.js';

interface Stored {
  readonly type: string;
  readonly data: JsonObject;
}

/** Amounts are decimal text: debits above 0, credits below. */
type StoredLine = {
  role: AccountRole;
  location: LocationId;
  amount: string;
  dimensions?: LineDimensions;
  account?: string;
};

export function encodeSummary(event: SummaryEvent): Stored {
  const { type, ...said } = event;
  if (!('lines' in said)) return { type, data: said };
  const { lines, currency } = said;
  const stored = lines.map(({ amount, ...line }) => ({ ...line, amount: formatMoney({ minor: amount, currency }) }));
  return { type, data: { ...said, refs: [...said.refs], lines: stored } };
}

/** Reads what {@link encodeSummary} wrote. */
export function decodeSummary({ type, data }: Stored): SummaryEvent {
  const ref = String(data.ref);
  if (type === 'Dissolved') return { type, ref };
  if (type !== 'Summarised') throw new Error(`Unknown summary event type: ${type}`);
  const currency = storedCurrency(String(data.currency));
  const lines = data.lines as unknown as readonly StoredLine[];
  return {
    type,
    ref,
    location: String(data.location) as LocationId,
    period: String(data.period),
    date: String(data.date),
    currency,
    lines: lines.map(({ amount, ...line }) => ({ ...line, amount: storedMoney(amount, currency).minor })),
    refs: data.refs as unknown as readonly string[],
  };
}
