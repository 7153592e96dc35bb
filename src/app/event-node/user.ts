import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { removeUser, saveUser, UnusableUsers } from '../../adapters/event-store/embedded/index.js';
import { BadFlags, fail } from './command-line.js';
import { usersFileOf } from './serve.js';

/** Adds a user of the node, gives one another password, or removes one. A running node hears of it within a second. */
export async function user(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { data: { type: 'string' }, users: { type: 'string' }, group: { type: 'string', multiple: true } },
  });
  const [verb, name, ...more] = positionals;
  const file = usersFileOf(values);
  if (file === undefined)
    throw new BadFlags('name the folder of the node with --data, or its file of users with --users');
  if (name === undefined || more.length > 0) throw new BadFlags('name one user');
  try {
    if (verb === 'add') {
      await saveUser(file, name, await askPassword(name), values.group);
      console.log(`${name} is in ${file}`);
    } else if (verb !== 'remove') throw new BadFlags('users are added or removed');
    else if (removeUser(file, name)) console.log(`${name} is no longer in ${file}`);
    else fail(`there is no user ${name} in ${file}`, 1);
  } catch (error) {
    if (error instanceof UnusableUsers) fail(error.message, 1);
    throw error;
  }
}

/** The first line of standard input; a person who types it does not see it. */
async function askPassword(name: string): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY) process.stderr.write(`Password for ${name}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: unseen, terminal: stdin.isTTY });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve).once('close', () => resolve('')));
  lines.close();
  if (stdin.isTTY) process.stderr.write('\n');
  return line;
}
