import type { ReconciliationReport } from './report.js';

/** How many differences each part has. What is not valued or delivered yet is none. */
export function differenceCounts({ stock, readModel, keptOtherwise, erps }: ReconciliationReport) {
  return new Map<string, number>([
    ['valuation', stock.differing.length + stock.values.length],
    ['read-model', readModel?.differing.length ?? 0],
    ['kept-sums', keptOtherwise.length],
    ...erps.map(({ connector, strangers, accounts, notBridged }): [string, number] => [
      connector,
      strangers.length + (accounts?.length ?? 0) + notBridged,
    ]),
  ]);
}

/** True when nothing differs, and every ERP that can tell what it holds has done so. */
export const isReconciled = (report: ReconciliationReport): boolean =>
  [...differenceCounts(report).values()].every((count) => count === 0) &&
  report.erps.every(({ state }) => state === 'agrees' || state === 'untold');
