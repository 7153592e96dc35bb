import { join, resolve } from 'node:path';
import { WriteOffLimit } from '../domain/delivery/worth.js';
import { InvalidRules, type PostingRules, parsePostingRules } from '../domain/valuation/posting-rules.js';
import { type ErpSettings, readErps } from './erp-settings.js';
import { type Environment, InvalidSetting, optional, urlOf } from './settings.js';

export const ROLES = ['api', 'projector', 'poster'] as const;
/** What a process does: answer callers, keep shared read models, or value and post to the ERP. */
export type Role = (typeof ROLES)[number];

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly keysFile: string;
  readonly roles: ReadonlySet<Role>;
  /** Unset: the embedded node. */
  readonly eventStoreUrl: string | undefined;
  /** Parts the streams of several services in one cluster; unset: it is ours alone. */
  readonly eventStoreNamespace: string | undefined;
  /** Unset: the read model in memory. */
  readonly redisUrl: string | undefined;
  /** Parts the read models of several services in one Redis. */
  readonly redisPrefix: string;
  /** Unset: events stay in the process. */
  readonly natsUrl: string | undefined;
  /** Where postings go; unset, to the journal file when embedded, nowhere otherwise. */
  readonly erps: readonly ErpSettings[];
  /** How much one person may write off in each currency; unset: anything. */
  readonly writeOffLimit: WriteOffLimit;
  /** How often whoever posts reconciles by itself; 0: only when asked. */
  readonly reconcileEveryMs: number;
  /** How movements are valued and posted. */
  readonly rules: PostingRules;
  /** IANA zone that posting dates are taken in. */
  readonly timeZone: string;
  readonly logLevel: string;
}

/** The only reader of the environment. @throws InvalidSetting */
export function readConfig(env: Environment = process.env, roles?: readonly Role[]): Config {
  const dataDir = resolve(env.DATA_DIR ?? './data');
  const eventStoreUrl = optional(env.EVENTSTORE_URL);
  return {
    host: env.HOST ?? '127.0.0.1',
    port: port(env.PORT ?? '3000'),
    dataDir,
    keysFile: resolve(env.KEYS_FILE ?? join(dataDir, 'keys.json')),
    roles: new Set(roles ?? rolesOf(env.ROLES)),
    eventStoreUrl:
      eventStoreUrl === undefined ? undefined : urlOf('EVENTSTORE_URL', eventStoreUrl, ['esdb:', 'esdb+discover:']),
    eventStoreNamespace: namespace(env, eventStoreUrl),
    redisUrl: optionalUrl(env, 'REDIS_URL', ['redis:', 'rediss:']),
    redisPrefix: env.REDIS_PREFIX ?? 'default',
    natsUrl: optionalUrl(env, 'NATS_URL', ['nats:', 'tls:']),
    erps: readErps(env, eventStoreUrl === undefined),
    writeOffLimit: writeOffLimit(optional(env.ERP_WRITE_OFF_LIMIT)),
    reconcileEveryMs: 1_000 * seconds('RECONCILE_EVERY', optional(env.RECONCILE_EVERY) ?? '300'),
    rules: postingRules(env),
    timeZone: timeZone(env.TIME_ZONE ?? 'UTC'),
    logLevel: env.LOG_LEVEL ?? 'info',
  };
}

function optionalUrl(env: Environment, name: string, schemes: readonly string[]): string | undefined {
  const text = optional(env[name]);
  return text === undefined ? undefined : urlOf(name, text, schemes);
}

function namespace(env: Environment, eventStoreUrl: string | undefined): string | undefined {
  const name = optional(env.EVENTSTORE_NAMESPACE);
  if (name === undefined) return undefined;
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) {
    throw new InvalidSetting(
      `EVENTSTORE_NAMESPACE must be a letter and up to 31 letters, digits or underscores, all lower case; it is "${name}".`,
    );
  }
  if (eventStoreUrl !== undefined) return name;
  throw new InvalidSetting('EVENTSTORE_NAMESPACE parts services that share a cluster: it needs EVENTSTORE_URL.');
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidSetting(`PORT must be a number from 0 to 65535; it is "${text}".`);
}

function seconds(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 86_400) return value;
  throw new InvalidSetting(`${name} must be a whole number of seconds from 0 to 86400; it is "${text}".`);
}

function rolesOf(text: string | undefined): Role[] {
  if (text === undefined || text === '') return [...ROLES];
  return text.split(',').map((name) => {
    const role = ROLES.find((known) => known === name.trim());
    if (role === undefined) throw new InvalidSetting(`ROLES may hold ${ROLES.join(', ')}; "${name}" is none of them.`);
    return role;
  });
}

function writeOffLimit(text: string | undefined): WriteOffLimit {
  const limit = text === undefined ? WriteOffLimit.NONE : WriteOffLimit.parse(text);
  if (limit !== undefined) return limit;
  throw new InvalidSetting(`ERP_WRITE_OFF_LIMIT must be amounts such as EUR:500.00,GBP:400; it is "${text}".`);
}

function postingRules({ COSTING, WRITE_DOWN_DAMAGED, RULES_VERSION }: Environment): PostingRules {
  const version = optional(RULES_VERSION);
  const costing = optional(COSTING);
  const damaged = { true: 'write-off', false: 'keep' }[optional(WRITE_DOWN_DAMAGED) ?? 'false'];
  if (damaged === undefined) throw new InvalidSetting('WRITE_DOWN_DAMAGED may be true or false.');
  try {
    return parsePostingRules({
      damaged,
      ...(costing === undefined ? {} : { costing }),
      ...(version === undefined ? {} : { version: Number(version) }),
    });
  } catch (error) {
    if (!(error instanceof InvalidRules)) throw error;
    throw new InvalidSetting(`COSTING, WRITE_DOWN_DAMAGED and RULES_VERSION make no rules: ${error.message}`);
  }
}

function timeZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidSetting(`TIME_ZONE must be an IANA zone such as Europe/London; it is "${name}".`);
  }
}
