import type { Currency } from '../domain/values/currency.js';
import { formatMoney } from '../domain/values/money.js';
import type { ErpReport, ReportedRow } from '../queries/reconciliation/erp-report.js';
import type { ReconciliationReport } from '../queries/reconciliation/report.js';

type Cell = string | number;

const DIFFERENCE_HEADS = ['part', 'what', 'name', 'month', 'currency', 'expected', 'found', 'ref'];

/** A line for each difference; the heads alone when there is none. */
export function differencesCsv({ stock, readModel, keptOtherwise, erps }: ReconciliationReport): string {
  return csv(DIFFERENCE_HEADS, [
    ...stock.differing.map(({ sku, location, stock: units, valued, eventId }): Cell[] => {
      return ['valuation', 'units', `${sku}@${location}`, '', '', units, valued, eventId];
    }),
    ...stock.values.map(({ sku, location, what, currency, expected, found, eventId }): Cell[] => {
      const amounts = [text(expected, currency), text(found, currency)] as const;
      return ['valuation', what, `${sku}@${location}`, '', currency, ...amounts, eventId];
    }),
    ...(readModel?.differing ?? []).map(({ sku, location, stock: units, shown }): Cell[] => {
      return ['read-model', 'units', `${sku}@${location}`, '', '', units, shown, ''];
    }),
    ...keptOtherwise.map((line): Cell[] => ['kept-sums', 'otherwise', line, '', '', '', '', '']),
    ...erps.flatMap(erpRows),
  ]);
}

const STATEMENT_HEADS = [
  'connector',
  'account',
  'currency',
  'month',
  'location',
  'valued',
  'waiting',
  'parked',
  'writtenOff',
  'redated',
  'delivered',
  'unrecorded',
  'erp',
  'unexplained',
];

/** A line for each account, month and location: what was valued, what of it was delivered, what the ERP holds. */
export const statementCsv = ({ erps }: ReconciliationReport): string =>
  csv(
    STATEMENT_HEADS,
    erps.flatMap(({ connector, statement }) => statement.map((row) => statementCells(connector, row))),
  );

function statementCells(connector: string, row: ReportedRow): Cell[] {
  const { account, currency, month, location, erp } = row;
  const { valued, waiting, parked, writtenOff, redated, delivered, unrecorded } = row;
  const amounts = [valued, waiting, parked, writtenOff, redated, delivered, unrecorded];
  const held = erp === undefined ? ['', ''] : [text(erp, currency), text(unexplained(row, erp), currency)];
  return [connector, account, currency, month, location, ...amounts.map((one) => text(one, currency)), ...held];
}

/** What the ERP holds beyond what was delivered. */
export const unexplained = ({ delivered, unrecorded }: ReportedRow, erp: bigint): bigint =>
  erp - delivered - unrecorded;

const erpRows = ({
  connector,
  state,
  detail,
  accounts,
  entries,
  foreign,
  strangers,
  notBridged,
}: ErpReport): Cell[][] => [
  ...(state === 'unreadable' ? [[connector, 'unreadable', detail ?? '', '', '', '', '', '']] : []),
  ...(notBridged === 0 ? [] : [[connector, 'not-bridged', '', '', '', 0, notBridged, '']]),
  ...(accounts ?? []).map(({ account, location, currency, month, delivered, erp }): Cell[] => {
    const name = location === null ? account : `${account}@${location}`;
    return [connector, 'account', name, month, currency, text(delivered, currency), text(erp, currency), ''];
  }),
  ...entries.flatMap(({ what, currency, lines, date, erpDate, ref }): Cell[][] => {
    const month = date.slice(0, 7);
    if (lines.length === 0) return [[connector, what, '', month, currency, date, erpDate ?? '', ref]];
    return lines.map(({ account, delivered, erp }) => {
      return [connector, what, account, month, currency, text(delivered, currency), text(erp, currency), ref];
    });
  }),
  ...foreign.map(({ what, account, month, currency, amount, entry, ref }): Cell[] => {
    return [
      connector,
      what,
      `${account} ${entry}`,
      month,
      currency,
      text(0n, currency),
      text(amount, currency),
      ref ?? '',
    ];
  }),
  ...strangers.map((ref): Cell[] => [connector, 'never-valued', '', '', '', '', '', ref]),
];

const csv = (heads: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  `${[heads, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

/** RFC 4180; what a spreadsheet would take for a formula is text, but for amounts below 0. */
function cell(value: Cell): string {
  const isFormula = typeof value === 'string' && /^[=+@\t\r]/.test(value);
  const written = isFormula ? `'${value}` : String(value);
  return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}

const text = (minor: bigint, currency: Currency): string => formatMoney({ minor, currency });
