import { join } from 'node:path';
import { type Chart, ChartAccounts } from '../adapters/erp/chart.js';
import { readChart } from '../adapters/erp/chart-file.js';
import { HttpConnector } from '../adapters/erp/http/http-connector.js';
import { HLEDGER_CHART } from '../adapters/erp/journal-file/chart.js';
import { JournalFileConnector } from '../adapters/erp/journal-file/journal-file-connector.js';
import { NatsConnector } from '../adapters/erp/nats/nats-connector.js';
import { ROLES_CHART } from '../adapters/erp/roles-chart.js';
import { TRYTON_CHART } from '../adapters/erp/tryton/default-chart.js';
import { TrytonConnector } from '../adapters/erp/tryton/tryton-connector.js';
import type { ErpAccounts, ErpConnector } from '../ports/erp.js';
import type { Log } from '../ports/log.js';
import type { Config } from './config.js';
import type { ConnectorKind, ErpSettings } from './erp-settings.js';

export interface Erps {
  /** None in a process that does not post. */
  readonly connectors: readonly ErpConnector[];
  /** Of all that are configured, whether or not this process posts to them. */
  readonly accounts: ErpAccounts;
}

/** Used unless ERP_CHART names another. */
const CHARTS: Readonly<Record<ConnectorKind, Chart>> = {
  journal: HLEDGER_CHART,
  tryton: TRYTON_CHART,
  http: ROLES_CHART,
  nats: ROLES_CHART,
};

export function openErps({ erps, roles, dataDir }: Config, log: Log): Erps {
  const charts = new Map(erps.map((erp) => [erp.name, chartOf(erp)]));
  const connectors = erps.map((erp) => connectorOf(erp, charts.get(erp.name) ?? chartOf(erp), dataDir, log));
  return { connectors: roles.has('poster') ? connectors : [], accounts: new ChartAccounts(charts) };
}

const chartOf = ({ chart, connector }: ErpSettings): Chart =>
  chart === undefined ? CHARTS[connector.kind] : readChart(chart);

function connectorOf({ name, connector }: ErpSettings, chart: Chart, dataDir: string, log: Log): ErpConnector {
  switch (connector.kind) {
    case 'journal':
      return new JournalFileConnector(join(dataDir, journalOf(name)), log, { name, chart });
    case 'tryton':
      return new TrytonConnector({ ...connector.address, name, chart }, log);
    case 'http':
      return new HttpConnector(connector.endpoint, { name, chart });
    case 'nats':
      return new NatsConnector(connector.server, { name, chart });
  }
}

const journalOf = (name: string): string => (name === 'journal' ? 'postings.journal' : `postings.${name}.journal`);
