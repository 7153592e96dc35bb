import { fail, isBadArguments } from './app/event-node/command-line.js';
import { serve } from './app/event-node/serve.js';
import { user } from './app/event-node/user.js';

interface Command {
  readonly usage: string;
  readonly run: (args: readonly string[]) => Promise<void>;
}

/** Without a word of its own it serves. */
const SERVE: Command = {
  usage: `--data DIR --port N [--host 127.0.0.1] [--advertise HOST[:PORT]] [--child]
       [--tls-cert FILE --tls-key FILE [--users FILE]]`,
  run: serve,
};
/** Each loads what it needs when it is asked for. */
const COMMANDS: Readonly<Record<string, Command>> = {
  user: { usage: 'add|remove NAME (--data DIR | --users FILE) [--group GROUP]', run: user },
  verify: {
    usage: 'DIR [--json]',
    run: async (args) => (await import('./app/event-node/verify.js')).verify(args),
  },
  backup: {
    usage: 'DIR DEST [--verify]',
    run: async (args) => (await import('./app/event-node/backup.js')).backup(args),
  },
  copy: {
    usage: '--from URL --to URL',
    run: async (args) => (await import('./app/event-node/copy.js')).copy(args),
  },
};

const [word = '', ...rest] = process.argv.slice(2);
const command = word.startsWith('-') || word === '' ? SERVE : COMMANDS[word];
if (command === undefined) fail(`there is no command ${word}`, 2);
try {
  await command.run(command === SERVE ? process.argv.slice(2) : rest);
} catch (error) {
  if (!isBadArguments(error)) throw error;
  const name = command === SERVE ? 'eventstore' : `eventstore ${word}`;
  fail(`${error.message}\nusage: ${name} ${command.usage}`, 2);
}
