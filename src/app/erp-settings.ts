import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type HttpSettings, readHttpSettings } from '../adapters/erp/http/settings.js';
import { InvalidErpSetting } from '../adapters/erp/invalid-setting.js';
import { type NatsSettings, readNatsSettings } from '../adapters/erp/nats/settings.js';
import { SUMMARY_PERIODS } from '../domain/delivery/summaries/summary.js';
import type { GatheringOptions } from '../projections/erp-delivery/gathering.js';
import { parseErpConfig } from './erp-config.js';
import { type Environment, InvalidSetting, optional, urlOf } from './settings.js';

export const CONNECTORS = ['journal', 'tryton', 'http', 'nats'] as const;
export type ConnectorKind = (typeof CONNECTORS)[number];

export interface ErpAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** How long one call may take; unset: as long as the connector says. */
  readonly timeoutMs?: number;
}

/** What a connector is made with. */
export type ConnectorSettings =
  | { readonly kind: 'journal' }
  | { readonly kind: 'tryton'; readonly address: ErpAddress }
  | { readonly kind: 'http'; readonly endpoint: HttpSettings }
  | { readonly kind: 'nats'; readonly server: NatsSettings };

/** One of the ERPs that postings go to, whichever process posts. */
export interface ErpSettings {
  /** Part of the names of its streams. */
  readonly name: string;
  readonly connector: ConnectorSettings;
  /** A JSON file; unset: the connector's own chart of accounts. */
  readonly chart: string | undefined;
  /** Unset: as many as it takes. */
  readonly postingsPerSecond?: number;
  /** Unset: each posting is an entry of its own. */
  readonly summarise?: GatheringOptions;
}

/**
 * ERP_CONFIG names a file with several ERPs, ERP_CONNECTOR one; without either it is the journal file where the event
 * node is embedded, and none elsewhere. @throws InvalidSetting
 */
export function readErps(env: Environment, isEmbedded: boolean): readonly ErpSettings[] {
  const file = optional(env.ERP_CONFIG);
  const kind = optional(env.ERP_CONNECTOR) ?? (isEmbedded && file === undefined ? 'journal' : undefined);
  if (file === undefined) return kind === undefined ? [] : [erpOf(kind, kind, env)];
  if (kind !== undefined) throw new InvalidSetting('Set either ERP_CONFIG or ERP_CONNECTOR, not both.');
  return parseErpConfig(textOf(file), CONNECTORS, env).map(({ name, kind: each, settings, postingsPerSecond }) => ({
    ...erpOf(name, each, settings),
    ...(postingsPerSecond === undefined ? {} : { postingsPerSecond }),
  }));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidSetting(`ERP_CONFIG names ${path}, which cannot be read: ${(error as Error).message}`);
  }
}

function erpOf(name: string, kind: string, env: Environment): ErpSettings {
  const chart = optional(env.ERP_CHART);
  return {
    name,
    connector: connectorOf(kind, env),
    chart: chart === undefined ? undefined : resolve(chart),
    ...summariseOf(env),
  };
}

function summariseOf(env: Environment): Pick<ErpSettings, 'summarise'> {
  const text = optional(env.ERP_SUMMARISE) ?? 'none';
  if (text === 'none') return {};
  const period = SUMMARY_PERIODS.find((known) => known === text);
  if (period === undefined) throw new InvalidSetting(`ERP_SUMMARISE may be none, day or month; it is "${text}".`);
  const every = optional(env.ERP_SUMMARISE_EVERY);
  if (every === undefined) return { summarise: { period } };
  const seconds = Number(every);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 2_678_400) {
    throw new InvalidSetting(`ERP_SUMMARISE_EVERY must be a number of seconds from 1 to 2678400; it is "${every}".`);
  }
  return { summarise: { period, everyMs: seconds * 1_000 } };
}

function connectorOf(text: string, env: Environment): ConnectorSettings {
  const kind = CONNECTORS.find((known) => known === text);
  switch (kind) {
    case 'journal':
      return { kind };
    case 'tryton':
      return { kind, address: erpAddress(env) };
    case 'http':
      return { kind, endpoint: ofConnector(() => readHttpSettings(env)) };
    case 'nats':
      return { kind, server: ofConnector(() => readNatsSettings(env)) };
    case undefined:
      throw new InvalidSetting(`ERP_CONNECTOR may be ${CONNECTORS.join(' or ')}; it is "${text}".`);
  }
}

/** @throws InvalidSetting */
function ofConnector<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidErpSetting ? new InvalidSetting(error.message) : error;
  }
}

/** The URL is taken as it is; one that names no database gets the one that ERP_DATABASE names. */
function erpAddress(env: Environment): ErpAddress {
  const needed = (name: 'ERP_URL' | 'ERP_USER' | 'ERP_PASSWORD'): string => {
    const text = optional(env[name]);
    if (text === undefined) throw new InvalidSetting(`ERP_CONNECTOR=tryton needs ${name}.`);
    return text;
  };
  const url = urlOf('ERP_URL', needed('ERP_URL'), ['http:', 'https:']);
  if (!URL.canParse(url)) throw new InvalidSetting(`ERP_URL must be a whole address; it is "${url}".`);
  const { pathname, username, password } = new URL(url);
  if (username + password !== '')
    throw new InvalidSetting('ERP_URL must hold no user or password: set ERP_USER and ERP_PASSWORD.');
  const database = optional(env.ERP_DATABASE);
  const isServerOnly = pathname === '/' && database !== undefined;
  const address = isServerOnly ? new URL(`/${encodeURIComponent(database)}/`, url).href : url;
  const timeoutMs = optional(env.ERP_TIMEOUT_MS);
  return {
    url: address,
    user: needed('ERP_USER'),
    password: needed('ERP_PASSWORD'),
    ...(timeoutMs === undefined ? {} : { timeoutMs: milliseconds('ERP_TIMEOUT_MS', timeoutMs) }),
  };
}

function milliseconds(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 600_000) return value;
  throw new InvalidSetting(`${name} must be a whole number of milliseconds from 1 to 600000; it is "${text}".`);
}
