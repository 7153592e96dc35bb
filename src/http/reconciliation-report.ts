import type { Currency } from '../domain/values/currency.js';
import { formatInstant, type Instant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import { formatMoney } from '../domain/values/money.js';
import type { ErpReport, ReportedRow } from '../queries/reconciliation/erp-report.js';
import type { ReconciliationReport } from '../queries/reconciliation/report.js';
import { isReconciled } from '../queries/reconciliation/verdict.js';
import { positionToken } from './position-token.js';
import { unexplained } from './reconciliation-csv.js';

export const reportJson = (report: ReconciliationReport, now: Instant): JsonObject => ({
  position: positionToken(report.position),
  at: formatInstant(report.at),
  ageMs: Math.max(0, now - report.at),
  kind: report.kind,
  tookMs: report.tookMs,
  reconciled: isReconciled(report),
  keptOtherwise: report.keptOtherwise,
  stock: {
    compared: report.stock.compared,
    notValued: report.stock.notValued,
    differing: report.stock.differing.map((one) => ({ ...one })),
    values: report.stock.values.map(({ expected, found, currency, ...one }) => ({
      ...one,
      currency,
      expected: text(expected, currency),
      found: text(found, currency),
    })),
    unposted: report.stock.unposted.map(({ amount, currency, ...key }) => ({
      ...key,
      currency,
      amount: currency === null ? amount.toString() : text(amount, currency),
    })),
  },
  readModel:
    report.readModel === undefined
      ? null
      : { compared: report.readModel.compared, differing: report.readModel.differing.map((one) => ({ ...one })) },
  erps: report.erps.map((erp) => erpJson(erp, now)),
});

function erpJson(erp: ErpReport, now: Instant): JsonObject {
  const { connector, position, state, detail, delivered, pending, parked, writtenOff, tellsLocations } = erp;
  const age = (since: Instant | undefined) => (since === undefined ? null : Math.max(0, now - since));
  return {
    connector,
    position: positionToken(position),
    state,
    ...(detail === undefined ? {} : { detail }),
    delivered,
    pending,
    parked,
    writtenOff,
    open: erp.open.map(({ what, currency, worth }) => ({ what, currency, worth: text(worth, currency) })),
    oldestWaitingAgeMs: age(erp.oldestWaitingAt),
    oldestParkedAgeMs: age(erp.oldestParkedAt),
    strangers: erp.strangers,
    unrecorded: erp.unrecorded,
    locations: tellsLocations === undefined ? null : tellsLocations ? 'kept' : 'not-kept',
    ...(tellsLocations === false ? { note: withoutLocations(connector) } : {}),
    accounts:
      erp.accounts?.map(({ account, currency, month, location, delivered: ours, erp: theirs }) => ({
        account,
        currency,
        month,
        location,
        delivered: text(ours, currency),
        erp: text(theirs, currency),
        difference: text(theirs - ours, currency),
      })) ?? null,
    ...explanationJson(erp),
    notBridged: erp.notBridged,
    statement: erp.statement.map(rowJson),
  };
}

const withoutLocations = (connector: string): string =>
  `${connector} does not keep the locations of lines: an account of several locations is compared as a whole.`;

const explanationJson = ({ entries, foreign }: ErpReport) => ({
  entries: entries.map(({ lines, source, sums, ...entry }) => ({
    ...entry,
    lines: lines.map(({ account, delivered, erp }) => ({
      account,
      delivered: text(delivered, entry.currency),
      erp: text(erp, entry.currency),
    })),
    source: source === null ? null : { ...source },
    sums: sums === null ? null : { postings: sums.postings, refs: [...sums.refs] },
  })),
  foreign: foreign.map(({ amount, ...one }) => ({ ...one, amount: text(amount, one.currency) })),
});

function rowJson(row: ReportedRow): JsonObject {
  const { account, currency, month, location, erp } = row;
  return {
    account,
    currency,
    month,
    location,
    valued: text(row.valued, currency),
    waiting: text(row.waiting, currency),
    parked: text(row.parked, currency),
    writtenOff: text(row.writtenOff, currency),
    redated: text(row.redated, currency),
    delivered: text(row.delivered, currency),
    unrecorded: text(row.unrecorded, currency),
    erp: erp === undefined ? null : text(erp, currency),
    unexplained: erp === undefined ? null : text(unexplained(row, erp), currency),
  };
}

const text = (minor: bigint, currency: Currency): string => formatMoney({ minor, currency });
