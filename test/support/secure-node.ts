import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess } from '../contracts/event-store/support.js';
import { EVENT_NODE_ENTRY } from './event-node.js';

const tlsFile = (name: string): string => join(import.meta.dirname, 'tls', name);

/** Signed the certificate of {@link TLS_FLAGS}; for clients. */
export const AUTHORITY_FILE = tlsFile('authority.pem');
export const TLS_FLAGS = ['--tls-cert', tlsFile('localhost.pem'), '--tls-key', tlsFile('localhost.key.pem')] as const;

export const PASSWORDS = { admin: 'changeit', ops: 'changeit too', alice: 'wonder@land:1', bob: 'söder' } as const;
export type UserName = keyof typeof PASSWORDS;
const GROUPS: Partial<Record<UserName, string>> = { bob: 'clerks' };

/** The built node over TLS, with the users of {@link PASSWORDS}. */
export async function startSecureNode(flags: readonly string[] = []): Promise<NodeProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'stockfold-test-node-'));
  for (const [name, password] of Object.entries(PASSWORDS)) {
    const group = GROUPS[name as UserName];
    await runUser(['add', name, '--data', directory, ...(group === undefined ? [] : ['--group', group])], password);
  }
  return NodeProcess.start({ directory, flags: [...TLS_FLAGS, ...flags] });
}

/** For whoever signs in as this user of the node. */
export function urlFor(port: number, name: UserName, password: string = PASSWORDS[name], scheme = 'esdb'): string {
  return `${scheme}://${name}:${encodeURIComponent(password)}@${address(port)}`;
}

/** Host and options, for clients that give no name. */
export function address(port: number): string {
  return `localhost:${port}?tls=true&tlsCaFile=${encodeURIComponent(AUTHORITY_FILE)}`;
}

/** The command `eventstore user`; gives what it said. */
export async function runUser(args: readonly string[], password = ''): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [EVENT_NODE_ENTRY, 'user', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  child.stdin.end(`${password}\n`);
  const [code] = await once(child, 'close');
  return { code, said };
}
