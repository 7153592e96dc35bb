import { statSync } from 'node:fs';
import { ServiceDefect } from './client.js';
import { Progress } from './progress.js';
import { FileDefect } from './rows.js';
import { runImport } from './run.js';
import type { Settings } from './settings.js';
import { HELP, readCommandLine } from './settings.js';
import { printable, Tally } from './tally.js';

class Interrupted extends Error {}

/** Runs the import with the arguments after the program's name; the table goes to stdout, all else to stderr. */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const commandLine = readCommandLine(args);
  switch (commandLine.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'wrong':
      process.stderr.write(`${commandLine.message}\nSee: npm run import -- --help\n`);
      return 2;
    case 'run':
      return importFile(commandLine.settings);
  }
}

async function importFile(settings: Settings): Promise<0 | 1> {
  const tally = new Tally();
  const progress = new Progress(process.stderr, statSync(settings.file, { throwIfNoEntry: false })?.size ?? 0);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second one ends the process the ordinary way.
    process.once(signal, () => stopped.abort(new Interrupted(`interrupted by ${signal}`)));
  }
  const defect = await runImport(settings, tally, progress, stopped).catch(knownDefect);
  progress.end();
  process.stdout.write(tally.table(settings.opening !== undefined));
  if (defect !== undefined) {
    const advice = defect instanceof FileDefect ? 'Mend the file and run it again' : 'Run it again';
    process.stderr.write(`Stopped after ${tally.rowsRead} rows: ${printable(defect.message)}\n`);
    process.stderr.write(`${advice}: what is there already comes back as duplicate.\n`);
  }
  return defect === undefined && tally.complete ? 0 : 1;
}

/** What a user can mend is told in a sentence; anything else is a fault of the program, with its stack. */
function knownDefect(error: unknown): Error {
  if (error instanceof FileDefect || error instanceof ServiceDefect || error instanceof Interrupted) return error;
  throw error;
}
