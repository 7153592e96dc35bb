import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type EventNode,
  FileLocked,
  startNode,
  UnusableFile,
  UnusableTls,
  UnusableUsers,
} from '../../adapters/event-store/embedded/index.js';
import { BadFlags, fail } from './command-line.js';

const OWNER_WAIT_MS = 5_000;

interface Flags {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** Run by the service: talks JSON, and lives as long as the pipe on its standard input. */
  readonly child: boolean;
  readonly advertise: { readonly host: string; readonly port?: number } | undefined;
  /** Undefined: plain text, and no users. */
  readonly security: SecurityFiles | undefined;
}

interface SecurityFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly usersFile: string;
}

const USERS_FILE_NAME = 'users.json';
const ADDRESS = /^(\[[^\]]+\]|[^:\s]+)(?::(\d{1,5}))?$/;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|\[::1\]|localhost)$/;

/** Beside the events, unless it is named. */
export function usersFileOf(values: { readonly data?: string; readonly users?: string }): string | undefined {
  return values.users ?? (values.data === undefined ? undefined : join(values.data, USERS_FILE_NAME));
}

function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      child: { type: 'boolean', default: false },
      advertise: { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      users: { type: 'string' },
    },
  });
  if (!values.data) throw new BadFlags('--data is missing: name the folder to keep events in');
  if (!/^\d{1,5}$/.test(values.port ?? '') || Number(values.port) > 65_535) {
    throw new BadFlags('--port takes a number from 0 (any free port) to 65535');
  }
  const { data, host, child, advertise } = values;
  return { data, host, port: Number(values.port), child, advertise: address(advertise), security: security(values) };
}

function address(text: string | undefined): Flags['advertise'] {
  if (text === undefined) return undefined;
  const [, host, port] = ADDRESS.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new BadFlags('--advertise takes HOST or HOST:PORT');
  return port === undefined ? { host } : { host, port: Number(port) };
}

function security(values: {
  readonly 'tls-cert'?: string;
  readonly 'tls-key'?: string;
  readonly data?: string;
  readonly users?: string;
}): SecurityFiles | undefined {
  const { 'tls-cert': certFile, 'tls-key': keyFile, users } = values;
  const usersFile = usersFileOf(values);
  if (certFile !== undefined && keyFile !== undefined && usersFile !== undefined)
    return { certFile, keyFile, usersFile };
  if (certFile !== undefined || keyFile !== undefined) throw new BadFlags('--tls-cert and --tls-key go together');
  if (users !== undefined)
    throw new BadFlags('--users needs --tls-cert and --tls-key: clients send passwords over TLS only');
  return undefined;
}

async function start(flags: Flags): Promise<EventNode> {
  const { advertise, security } = flags;
  const onUsersProblem = (error: Error) => console.error(`eventstore: ${error.message}; the users of before go on`);
  try {
    return await startNode({
      directory: flags.data,
      host: flags.host,
      port: flags.port,
      ownerWaitMs: OWNER_WAIT_MS,
      onWriteFailure: (error) => console.error(`eventstore: cannot write to ${flags.data}: ${error}`),
      onDamage: (error) =>
        console.error(`eventstore: ${flags.data} is damaged: ${error.message}; see eventstore verify`),
      ...(advertise === undefined ? {} : { advertise }),
      ...(security === undefined ? {} : { security: { ...security, onUsersProblem } }),
    });
  } catch (error) {
    if (error instanceof FileLocked) {
      return fail(`${flags.data} is in use by another event node; stop that one or name another folder with --data`, 1);
    }
    if (error instanceof UnusableFile || error instanceof UnusableTls) return fail(error.message, 1);
    if (error instanceof UnusableUsers) return fail(`${error.message}\n${HOW_TO_ADD}`, 1);
    return fail(`cannot start on ${flags.host}:${flags.port} with ${flags.data}: ${error}`, 1);
  }
}

const HOW_TO_ADD = 'add one with: npm run eventstore -- user add admin --data DIR (or --users FILE)';

/** Runs the node until it is told to stop. */
export async function serve(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args);
  const node = await start(flags);
  const { host, security, data } = flags;
  if (security === undefined && !LOOPBACK.test(host)) {
    console.error(
      `eventstore: whoever reaches ${host} may read and write everything; --tls-cert and --tls-key ask for passwords`,
    );
  }

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await node.stop();
    process.exit(0);
  };

  if (flags.child) {
    // Both signals reach the whole process group; the service ends this process by closing the pipe.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => undefined);
    process.stdin.on('end', stop).on('close', stop).resume();
    console.log(JSON.stringify({ ready: true, port: node.port }));
  } else {
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    const url = `esdb://${security === undefined ? '' : 'USER:PASSWORD@'}${host}:${node.port}?tls=${security !== undefined}`;
    console.log(`Event store on ${url}, events in ${data}/events.db`);
  }
}
