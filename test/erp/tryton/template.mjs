import { execFile } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expectTryton } from './packages.mjs';

const HERE = import.meta.dirname;
/** What an operator installs in a Tryton that Stockfold posts to. */
const MODULE = join(HERE, '../../../deploy/tryton/posting_ref');
const SOURCES = [
  join(HERE, 'seed.py'),
  join(HERE, 'template.mjs'),
  ...['__init__.py', 'tryton.cfg', 'message.xml'].map((file) => join(MODULE, file)),
];
const BUILDING = 'building';
const BUILD_WITHIN_MS = 180_000;

/**
 * A folder with a seeded database to copy, the passwords of its users and the module that the ERP needs. It is built
 * once a year and version of the seed, in half a minute, and kept in the folder for temporary files.
 */
export async function trytonTemplate() {
  expectTryton();
  const stamp = createHash('sha256').update(String(new Date().getFullYear()));
  for (const source of SOURCES) stamp.update(readFileSync(source));
  const folder = join(tmpdir(), `stockfold-tryton-${stamp.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const building = mkdtempSync(`${folder}-`);
  try {
    await build(building);
    renameSync(building, folder);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    // Somebody else may have been quicker.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

export const passwordsOf = (folder) => JSON.parse(readFileSync(join(folder, 'passwords.json'), 'utf8'));

/** What Tryton's programs need to find the database folder and our module. */
export function environment(folder) {
  return { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', PYTHONPATH: join(folder, 'python'), PYTHONWARNINGS: 'ignore' };
}

export function writeConfig(path, { databases, port = 0 }) {
  const text = `[database]\nuri = sqlite://\npath = ${databases}\n[web]\nlisten = 127.0.0.1:${port}\n[session]\ntimeout = 3600\n`;
  writeFileSync(path, text);
}

async function build(folder) {
  const passwords = { admin: password(), connector: password(), accountant: password() };
  const config = join(folder, 'build.conf');
  const databases = join(folder, 'db');
  mkdirSync(databases);
  writeFileSync(join(databases, `${BUILDING}.sqlite`), '');
  writeFileSync(join(folder, 'passwords.json'), JSON.stringify(passwords), { mode: 0o600 });
  writeFileSync(join(folder, 'admin-password'), passwords.admin, { mode: 0o600 });
  writeConfig(config, { databases });
  installModule(join(folder, 'python'));
  const env = { ...environment(folder), TRYTONPASSFILE: join(folder, 'admin-password') };
  const options = { env, timeout: BUILD_WITHIN_MS, maxBuffer: 64_000_000 };
  const modules = ['-u', 'account', 'posting_ref', '--activate-dependencies'];
  const run = promisify(execFile);
  await run(
    '/usr/bin/trytond-admin',
    ['-c', config, '-d', BUILDING, '--email', 'admin@example.invalid', ...modules],
    options,
  );
  const users = [passwords.connector, passwords.accountant];
  await run('/usr/bin/python3', [join(HERE, 'seed.py'), config, BUILDING, ...users], options);
  renameSync(join(databases, `${BUILDING}.sqlite`), join(folder, 'seeded.sqlite'));
}

/** Where Tryton looks for modules that are no part of it: a distribution with an entry point. */
function installModule(python) {
  cpSync(MODULE, join(python, 'trytond/modules/posting_ref'), { recursive: true });
  const distribution = join(python, 'posting_ref-1.0.dist-info');
  mkdirSync(distribution);
  writeFileSync(join(distribution, 'METADATA'), 'Metadata-Version: 2.1\nName: posting_ref\nVersion: 1.0\n');
  const entry = '[trytond.modules]\nposting_ref = trytond.modules.posting_ref\n';
  writeFileSync(join(distribution, 'entry_points.txt'), entry);
}

/** Each character once: Tryton takes no password in which they repeat. */
function password() {
  const left = [...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'];
  return Array.from({ length: 16 }, () => left.splice(randomInt(left.length), 1)).join('');
}
