import type { Currency } from '../domain/values/currency.js';
import { formatInstant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import { formatMoney } from '../domain/values/money.js';
import type { ErpReport, ReconciliationReport } from '../queries/reconciliation/reconciliation.js';
import { positionToken } from './position-token.js';

/** True when nothing differs. What is not valued or delivered yet is no difference. */
export const isReconciled = ({ stock, readModel, erps }: ReconciliationReport): boolean =>
  stock.differing.length === 0 &&
  (readModel?.differing.length ?? 0) === 0 &&
  erps.every(({ strangers, accounts }) => strangers.length === 0 && (accounts?.length ?? 0) === 0);

export const reportJson = (report: ReconciliationReport): JsonObject => ({
  position: positionToken(report.position),
  at: formatInstant(report.at),
  reconciled: isReconciled(report),
  stock: {
    compared: report.stock.compared,
    notValued: report.stock.notValued,
    differing: report.stock.differing.map((one) => ({ ...one })),
  },
  readModel:
    report.readModel === undefined
      ? null
      : { compared: report.readModel.compared, differing: report.readModel.differing.map((one) => ({ ...one })) },
  erps: report.erps.map(erpJson),
});

function erpJson({ accounts, entries, strangers, ...counts }: ErpReport): JsonObject {
  return {
    ...counts,
    strangers,
    accounts:
      accounts?.map(({ account, currency, month, delivered, erp }) => ({
        account,
        currency,
        month,
        delivered: text(delivered, currency),
        erp: text(erp, currency),
        difference: text(erp - delivered, currency),
      })) ?? null,
    entries: entries.map(({ lines, source, ...entry }) => ({
      ...entry,
      lines: lines.map(({ account, delivered, erp }) => ({
        account,
        delivered: text(delivered, entry.currency),
        erp: text(erp, entry.currency),
      })),
      source: { ...source },
    })),
  };
}

const HEADS = ['part', 'what', 'name', 'month', 'currency', 'expected', 'found', 'ref'];

/** A line for each difference; the heads alone when there is none. */
export function reportCsv({ stock, readModel, erps }: ReconciliationReport): string {
  const rows: (string | number)[][] = [
    ...stock.differing.map(({ sku, location, stock: units, valued, eventId }) => {
      return ['valuation', 'units', `${sku}@${location}`, '', '', units, valued, eventId];
    }),
    ...(readModel?.differing ?? []).map(({ sku, location, stock: units, shown }) => {
      return ['read-model', 'units', `${sku}@${location}`, '', '', units, shown, ''];
    }),
    ...erps.flatMap(erpRows),
  ];
  return `${[HEADS, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

const erpRows = ({ connector, accounts, entries, strangers }: ErpReport): (string | number)[][] => [
  ...(accounts ?? []).map(({ account, currency, month, delivered, erp }) => {
    return [connector, 'account', account, month, currency, text(delivered, currency), text(erp, currency), ''];
  }),
  ...entries.flatMap(({ what, currency, lines, date, erpDate, ref }) =>
    lines.length === 0
      ? [[connector, what, '', date.slice(0, 7), currency, date, erpDate ?? '', ref]]
      : lines.map(({ account, delivered, erp }) => {
          return [
            connector,
            what,
            account,
            date.slice(0, 7),
            currency,
            text(delivered, currency),
            text(erp, currency),
            ref,
          ];
        }),
  ),
  ...strangers.map((ref) => [connector, 'never-valued', '', '', '', '', '', ref]),
];

/** RFC 4180; what a spreadsheet would take for a formula is text. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const text = (minor: bigint, currency: Currency): string => formatMoney({ minor, currency });
