import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The real programs that tests run against; each is also the name of its Debian package. */
export const PROGRAMS = ['redis-server', 'nats-server', 'hledger'] as const;
export type Program = (typeof PROGRAMS)[number];

/** Debian keeps servers outside an ordinary user's PATH. */
const MORE_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/usr/local/sbin'];
/** Says whether a package may start its service while it is being installed. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

const INSTALL_PATIENCE_MS = 300_000;
/** There while somebody installs. */
const INSTALLING = join(tmpdir(), 'stockfold-tests-installing');

let found: Promise<Readonly<Record<Program, string>>> | undefined;

/**
 * Paths of all programs. What is missing is installed from Debian's packages where that is possible.
 * @throws with what to install: tests never run without them.
 */
export function programs(): Promise<Readonly<Record<Program, string>>> {
  found ??= findOrInstall();
  return found;
}

async function findOrInstall(): Promise<Readonly<Record<Program, string>>> {
  const missing = await missingPrograms();
  if (missing.length > 0) await install(missing);
  const stillMissing = await missingPrograms();
  if (stillMissing.length > 0) throw new Error(installAdvice(stillMissing));
  return {
    'redis-server': await pathOf('redis-server'),
    'nats-server': await pathOf('nats-server'),
    hledger: await pathOf('hledger'),
  };
}

const pathOf = async (program: Program): Promise<string> => (await find(program)) ?? program;

async function missingPrograms(): Promise<Program[]> {
  const missing: Program[] = [];
  for (const program of PROGRAMS) if ((await find(program)) === undefined) missing.push(program);
  return missing;
}

async function find(program: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]) {
    const path = join(folder, program);
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && usable) return path;
  }
  return undefined;
}

async function install(missing: readonly Program[]): Promise<void> {
  if (process.getuid?.() !== 0 || (await find('apt-get')) === undefined) throw new Error(installAdvice(missing));
  if (!(await isMyTurn())) return;
  const keepStopped = !existsSync(SERVICE_POLICY);
  if (keepStopped) await writeFile(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await aptGet('update');
    await aptGet('install', '--yes', '--no-install-recommends', ...missing);
  } catch (error) {
    throw new Error(`${installAdvice(missing)}\nInstalling them failed: ${error}`, { cause: error });
  } finally {
    if (keepStopped) await rm(SERVICE_POLICY, { force: true });
    await rm(INSTALLING, { recursive: true, force: true });
  }
}

/** Several test files may miss the same programs at once: the first installs them, the others wait until they are there. */
async function isMyTurn(): Promise<boolean> {
  const deadline = Date.now() + INSTALL_PATIENCE_MS;
  while (Date.now() < deadline) {
    const first = await mkdir(INSTALLING).then(
      () => true,
      () => false,
    );
    if (first) return true;
    await sleep(500);
    if ((await missingPrograms()).length === 0 && !existsSync(INSTALLING)) return false;
  }
  throw new Error(`Somebody has been installing programs for too long; if nobody is, remove ${INSTALLING}.`);
}

async function aptGet(...args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await promisify(execFile)('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-q', ...args], { env });
}

const installAdvice = (missing: readonly Program[]): string =>
  `The tests run against real servers, and ${missing.join(', ')} cannot be found on PATH. ` +
  `On Debian: apt-get install --no-install-recommends ${missing.join(' ')}. ` +
  'Elsewhere: Redis 7 or newer, nats-server 2.9 or newer (it brings JetStream), hledger 1.25 or newer.';
