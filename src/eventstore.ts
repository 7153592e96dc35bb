import { fail, isBadArguments } from './app/event-node/command-line.js';
import { serve } from './app/event-node/serve.js';

interface Command {
  readonly usage: string;
  readonly run: (args: readonly string[]) => Promise<void>;
}

/** Without a word of its own it serves. */
const SERVE: Command = { usage: '--data DIR --port N [--host 127.0.0.1] [--child]', run: serve };
const COMMANDS: Readonly<Record<string, Command>> = {};

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
