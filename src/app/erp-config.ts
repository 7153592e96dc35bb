import { InvalidSetting } from './settings.js';

/** One of several ERPs that postings go to side by side. */
export interface ConnectorSetup {
  /** Part of the names of its streams, so it never changes. */
  readonly name: string;
  readonly kind: string;
  /** Most postings a second; absent: as many as it takes. */
  readonly postingsPerSecond?: number;
  /** The settings that it is made with, named as in the environment: ERP_URL and so on. */
  readonly settings: Readonly<Record<string, string | undefined>>;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const FIELDS = ['name', 'kind', 'postingsPerSecond', 'settings'];
const ITS_OWN = /^(ERP_[A-Z_]+|NATS_URL)$/;
/** These say what the file itself says. */
const NOT_HERE = ['ERP_CONNECTOR', 'ERP_CONFIG', 'ERP_WRITE_OFF_LIMIT'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the text of the file that ERP_CONFIG names: `{"connectors":[{"kind":"tryton","settings":{"ERP_URL":"http://..."}}]}`.
 * A name that is left out is the kind. A value `$NAME` is that of the variable, so that no secret has to be in the
 * file; what a connector does not say it takes from the environment.
 * @throws InvalidSetting
 */
export function parseErpConfig(
  text: string,
  kinds: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly ConnectorSetup[] {
  const { connectors, ...rest } = objectOf(parse(text), 'the file');
  only(rest, [], 'the file');
  if (!Array.isArray(connectors) || connectors.length === 0) throw wrong('connectors must be a list of at least one');
  const setups = connectors.map((each, index) => setupOf(each, `connectors[${index}]`, kinds, env));
  const names = setups.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong(`two connectors are named ${twice}; names part their records for good`);
  return setups;
}

function setupOf(
  value: unknown,
  at: string,
  kinds: readonly string[],
  env: ConnectorSetup['settings'],
): ConnectorSetup {
  const fields = objectOf(value, at);
  only(fields, FIELDS, at);
  const { kind, name = kind, postingsPerSecond, settings = {} } = fields;
  if (typeof kind !== 'string' || !kinds.includes(kind)) throw wrong(`${at}.kind must be one of ${kinds.join(', ')}`);
  if (typeof name !== 'string' || !NAME.test(name)) throw wrong(`${at}.name must be up to 32 of a-z 0-9 -`);
  const own = settingsOf(objectOf(settings, `${at}.settings`), `${at}.settings`, env);
  return { name, kind, ...paceOf(postingsPerSecond, at), settings: { ...env, ...own } };
}

function paceOf(value: unknown, at: string): Pick<ConnectorSetup, 'postingsPerSecond'> {
  if (value === undefined) return {};
  if (typeof value === 'number' && value > 0 && value <= 1_000_000) return { postingsPerSecond: value };
  throw wrong(`${at}.postingsPerSecond must be a number above 0`);
}

function settingsOf(settings: Fields, at: string, env: ConnectorSetup['settings']): Record<string, string> {
  const read = Object.entries(settings).map(([name, value]): [string, string] => {
    if (!ITS_OWN.test(name) || NOT_HERE.includes(name)) throw wrong(`${at}.${name} is no setting of a connector`);
    if (typeof value !== 'string') throw wrong(`${at}.${name} must be a text`);
    if (!value.startsWith('$')) return [name, value];
    const meant = env[value.slice(1)];
    if (meant === undefined) throw wrong(`${at}.${name} names the variable ${value.slice(1)}, which is not set`);
    return [name, meant];
  });
  return Object.fromEntries(read);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(`it is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function objectOf(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw wrong(`${at} must be an object`);
}

function only(fields: Fields, known: readonly string[], at: string): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw wrong(`${at} has the field ${unknown}, which is not known`);
}

const wrong = (what: string): InvalidSetting =>
  new InvalidSetting(`ERP_CONFIG names a file that cannot be used: ${what}.`);
