import { join, resolve } from 'node:path';
import { type HttpSettings, readHttpSettings } from '../adapters/erp/http/settings.js';
import { InvalidErpSetting } from '../adapters/erp/invalid-setting.js';
import { type NatsSettings, readNatsSettings } from '../adapters/erp/nats/settings.js';
import { WriteOffLimit } from '../domain/delivery/worth.js';

export const ROLES = ['api', 'projector', 'poster'] as const;
/** What a process does: answer callers, keep shared read models, or value and post to the ERP. */
export type Role = (typeof ROLES)[number];

export const CONNECTORS = ['journal', 'tryton', 'http', 'nats'] as const;
export type ConnectorKind = (typeof CONNECTORS)[number];

export interface ErpAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** How long one call may take; unset: as long as the connector says. */
  readonly timeoutMs?: number;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly keysFile: string;
  readonly roles: ReadonlySet<Role>;
  /** Unset: the embedded node. */
  readonly eventStoreUrl: string | undefined;
  /** Unset: the read model in memory. */
  readonly redisUrl: string | undefined;
  /** Parts the read models of several services in one Redis. */
  readonly redisPrefix: string;
  /** Unset: events stay in the process. */
  readonly natsUrl: string | undefined;
  /** Unset: the journal file when embedded, none otherwise. */
  readonly erpConnector: ConnectorKind | 'none';
  /** Of Tryton; unset for the others. */
  readonly erp: ErpAddress | undefined;
  /** Of an integrator's endpoint; unset for the others. */
  readonly erpHttp: HttpSettings | undefined;
  /** Of postings to JetStream; unset for the others. */
  readonly erpNats: NatsSettings | undefined;
  /** A JSON file; unset: the connector's own chart of accounts. */
  readonly erpChart: string | undefined;
  /** How much one person may write off; unset: anything. */
  readonly writeOffLimit: WriteOffLimit;
  /** IANA zone that posting dates are taken in. */
  readonly timeZone: string;
  readonly logLevel: string;
}

/** A setting that cannot be used; the message says what to do. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The only reader of the environment. @throws InvalidSetting */
export function readConfig(env: Environment = process.env, roles?: readonly Role[]): Config {
  const dataDir = resolve(env.DATA_DIR ?? './data');
  const eventStoreUrl = optional(env.EVENTSTORE_URL);
  const erpConnector = connector(env.ERP_CONNECTOR, eventStoreUrl === undefined);
  const erpChart = optional(env.ERP_CHART);
  return {
    host: env.HOST ?? '127.0.0.1',
    port: port(env.PORT ?? '3000'),
    dataDir,
    keysFile: resolve(env.KEYS_FILE ?? join(dataDir, 'keys.json')),
    roles: new Set(roles ?? rolesOf(env.ROLES)),
    eventStoreUrl:
      eventStoreUrl === undefined ? undefined : urlOf('EVENTSTORE_URL', eventStoreUrl, ['esdb:', 'esdb+discover:']),
    redisUrl: optionalUrl(env, 'REDIS_URL', ['redis:', 'rediss:']),
    redisPrefix: env.REDIS_PREFIX ?? 'default',
    natsUrl: optionalUrl(env, 'NATS_URL', ['nats:', 'tls:']),
    erpConnector,
    erp: erpConnector === 'tryton' ? erpAddress(env) : undefined,
    erpHttp: erpConnector === 'http' ? ofConnector(() => readHttpSettings(env)) : undefined,
    erpNats: erpConnector === 'nats' ? ofConnector(() => readNatsSettings(env)) : undefined,
    erpChart: erpChart === undefined ? undefined : resolve(erpChart),
    writeOffLimit: writeOffLimit(optional(env.ERP_WRITE_OFF_LIMIT)),
    timeZone: timeZone(env.TIME_ZONE ?? 'UTC'),
    logLevel: env.LOG_LEVEL ?? 'info',
  };
}

/** An empty setting is one that is not set. */
const optional = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

function optionalUrl(env: Environment, name: string, schemes: readonly string[]): string | undefined {
  const text = optional(env[name]);
  return text === undefined ? undefined : urlOf(name, text, schemes);
}

function urlOf(name: string, text: string, schemes: readonly string[]): string {
  if (schemes.some((scheme) => text.startsWith(`${scheme}//`))) return text;
  throw new InvalidSetting(
    `${name} must start with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}; it is "${text}".`,
  );
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidSetting(`PORT must be a number from 0 to 65535; it is "${text}".`);
}

function rolesOf(text: string | undefined): Role[] {
  if (text === undefined || text === '') return [...ROLES];
  return text.split(',').map((name) => {
    const role = ROLES.find((known) => known === name.trim());
    if (role === undefined) throw new InvalidSetting(`ROLES may hold ${ROLES.join(', ')}; "${name}" is none of them.`);
    return role;
  });
}

function connector(text: string | undefined, embedded: boolean): Config['erpConnector'] {
  if (text === undefined || text === '') return embedded ? 'journal' : 'none';
  const kind = CONNECTORS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new InvalidSetting(`ERP_CONNECTOR may be ${CONNECTORS.join(' or ')}; it is "${text}".`);
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

function writeOffLimit(text: string | undefined): WriteOffLimit {
  const limit = text === undefined ? WriteOffLimit.NONE : WriteOffLimit.parse(text);
  if (limit !== undefined) return limit;
  throw new InvalidSetting(`ERP_WRITE_OFF_LIMIT must be an amount such as 500.00; it is "${text}".`);
}

function timeZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidSetting(`TIME_ZONE must be an IANA zone such as Europe/London; it is "${name}".`);
  }
}
