import { accountOf, type Chart } from '../../domain/chart/chart.js';
import type { JournalLine } from '../../domain/valuation/events.js';
import { ErpAccounts } from '../../ports/erp.js';

export { accountOf, type Chart, chartOf, mappingOf } from '../../domain/chart/chart.js';

/** The charts of connectors, by their names. */
export class ChartAccounts extends ErpAccounts {
  constructor(private readonly charts: ReadonlyMap<string, Chart>) {
    super();
  }

  /** @throws for a connector that has no chart */
  override accountOf(connector: string, line: JournalLine): string {
    const chart = this.charts.get(connector);
    if (chart === undefined) throw new Error(`No chart of accounts is known for ${connector}.`);
    return accountOf(chart, line);
  }
}
