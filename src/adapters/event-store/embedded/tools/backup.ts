import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SqliteFile } from '../../../sqlite.js';
import { readMark } from '../storage/head-mark.js';
import { isNewFile } from '../storage/schema.js';
import { identityIn } from './identity.js';

export interface Backup {
  readonly events: number;
  /** Position of the last event. */
  readonly head: number;
  readonly identity: string | undefined;
  readonly bytes: number;
}

/** There is nothing to copy, or it must not go there; the message tells a person why. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

const UNFINISHED = '.unfinished';

/**
 * Copies what is committed at one moment, beside a node that goes on writing: a reader of SQLite's log holds up no
 * writer. The copy gets its name when it is whole, checked and on the disk.
 * @param prove throws when the copied file is not to be believed
 * @throws BackupRefused, UnusableFile, or what the disk says
 */
export function backUp(directory: string, destination: string, prove: (file: string) => void): Backup {
  const source = join(directory, 'events.db');
  if (!existsSync(source)) throw new BackupRefused(`there is no file ${source}`);
  if (existsSync(destination)) throw new BackupRefused(`${destination} is there already; name a new folder`);
  const unfinished = `${resolve(destination)}${UNFINISHED}`;
  // What is left of a backup that was interrupted is nobody's.
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  // Read before the file, whose end may move on meanwhile.
  const marked = readMark(join(directory, 'events.head'));
  try {
    const copy = join(unfinished, 'events.db');
    copyInto(source, copy);
    const backup = check(copy);
    if (backup.head < marked) throw new BackupRefused(`${source} is damaged: its events once reached ${marked}`);
    prove(copy);
    for (const name of readdirSync(unfinished)) if (name !== 'events.db') rmSync(join(unfinished, name));
    sync(copy);
    sync(unfinished);
    if (existsSync(destination)) throw new BackupRefused(`${destination} is there by now; name a new folder`);
    renameSync(unfinished, destination);
    sync(dirname(resolve(destination)));
    return backup;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

function copyInto(source: string, copy: string): void {
  const file = new SqliteFile(source, { readOnly: true });
  try {
    if (isNewFile(file, source)) throw new BackupRefused(`${source} holds no event store yet`);
    file.prepare('VACUUM INTO ?').run(copy);
  } finally {
    file.close();
  }
}

function check(copy: string): Backup {
  const file = new SqliteFile(copy, { readOnly: true });
  try {
    const said = file.prepare('PRAGMA quick_check(1)').row()?.[0];
    if (said !== 'ok') throw new BackupRefused(`the copy is damaged: ${said}`);
    const count = (sql: string) => Number(file.prepare(sql).row()?.[0] ?? 0);
    const [events, head] = [count('SELECT count(*) FROM event'), count('SELECT max(position) FROM event')];
    return { events, head, identity: identityIn(file), bytes: statSync(copy).size };
  } finally {
    file.close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
