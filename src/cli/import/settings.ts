import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What one run of the import does. `opening` is in units, undefined when no opening stock is posted. */
export interface Settings {
  readonly file: string;
  readonly url: URL;
  readonly key: string;
  readonly opening: number | undefined;
  readonly currency: string;
  readonly timeZone: string;
  readonly patienceMs: number;
}

/** The command line as understood: run, show the help, or say what to change. */
export type CommandLine =
  | { readonly kind: 'run'; readonly settings: Settings }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export const HELP = `Posts a point-of-sale export through the HTTP API.

  npm run import -- <file.csv|.csv.gz> [options]

  --url URL               the service (default http://127.0.0.1:3000, or HOST and PORT)
  --key KEY               a key with movements:write (default: "store" in $DATA_DIR/keys.json, or in KEYS_FILE)
  --opening N             a receipt of N units before the first line of each SKU at each location
  --currency CODE         of the opening receipts' unit cost (default GBP)
  --time-zone ZONE        of the file's invoice_date (default Europe/London)
  --patience-seconds S    how long a service that does not answer is tried again (default 60)
  --help

The file's columns: invoice_no, stock_code, description, quantity, invoice_date, unit_price, country; others are ignored.
Interrupted, or with lines rejected, it is simply run again: what is there already comes back as duplicate.
Exit code: 0 every goods line accepted or duplicate, 1 not so, 2 wrong arguments.
`;

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  opening: { type: 'string' },
  currency: { type: 'string', default: 'GBP' },
  'time-zone': { type: 'string', default: 'Europe/London' },
  'patience-seconds': { type: 'string', default: '60' },
  help: { type: 'boolean', default: false },
} as const;

class Wrong extends Error {}

/** Reads the arguments after the program's name; defaults come from the environment the service itself is started with. */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv = process.env): CommandLine {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    if (values.help) return { kind: 'help' };
    const [file, ...rest] = positionals;
    if (file === undefined) throw new Wrong('name the file to import: npm run import -- <file.csv|.csv.gz>');
    if (rest.length > 0) throw new Wrong(`one file at a time: leave out ${rest.join(', ')}`);
    const settings: Settings = {
      file: locate(file, env),
      url: readUrl(values.url ?? defaultUrl(env)),
      opening: values.opening === undefined ? undefined : readOpening(values.opening),
      currency: readCurrency(values.currency),
      timeZone: readTimeZone(values['time-zone']),
      patienceMs: readPatienceMs(values['patience-seconds']),
      key: readKey(values.key ?? storeKey(env)),
    };
    return { kind: 'run', settings };
  } catch (error) {
    if (error instanceof Wrong || (error instanceof TypeError && 'code' in error)) {
      return { kind: 'wrong', message: error.message };
    }
    throw error;
  }
}

/** npm runs scripts in the package's folder: a relative path may mean the folder npm itself was called in. */
function locate(file: string, env: NodeJS.ProcessEnv): string {
  const fromCaller = resolve(env.INIT_CWD ?? '.', file);
  return !existsSync(file) && existsSync(fromCaller) ? fromCaller : file;
}

function defaultUrl(env: NodeJS.ProcessEnv): string {
  const host = env.HOST ?? '127.0.0.1';
  // A service listening on every interface is reached on the loopback one.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${env.PORT ?? '3000'}`;
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Wrong(`--url "${text}" is no address: give one such as http://127.0.0.1:3000`);
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function readOpening(text: string): number {
  const units = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (units < 1 || units > 1_000_000_000) {
    throw new Wrong(`--opening "${text}": give a whole number of units from 1 to 1000000000`);
  }
  return units;
}

function readCurrency(text: string): string {
  if (!/^[A-Z]{3}$/.test(text)) throw new Wrong(`--currency "${text}": give an ISO 4217 code such as GBP`);
  return text;
}

function readTimeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new Wrong(`--time-zone "${text}": give an IANA name such as Europe/London`);
  }
}

function readPatienceMs(text: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text)) {
    throw new Wrong(`--patience-seconds "${text}": give a number of seconds such as 60`);
  }
  return Number(text) * 1000;
}

/** A header cannot carry line breaks or text beyond ASCII: better said here than as a failed request. */
function readKey(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Wrong('--key: give the key as the service printed it');
  return text;
}

function storeKey(env: NodeJS.ProcessEnv): string {
  const file = env.KEYS_FILE ?? resolve(env.DATA_DIR ?? './data', 'keys.json');
  try {
    const keys: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof keys === 'object' && keys !== null && 'store' in keys && typeof keys.store === 'string') {
      return keys.store;
    }
  } catch {
    // Absent or unreadable comes to the same for the caller: no key from there.
  }
  throw new Wrong(`no key: give --key, or start the service first so that ${file} holds the "store" key`);
}
