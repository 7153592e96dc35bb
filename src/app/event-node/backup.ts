import { parseArgs } from 'node:util';
import { BackupRefused, backUp } from '../../adapters/event-store/embedded/tools/backup.js';
import { verifyFile } from '../../adapters/event-store/embedded/tools/verify.js';
import { BadFlags, fail } from './command-line.js';

/** Copies the events of a folder, whether a node runs on it or not, into a new one that a node can be started on. */
export async function backup(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { verify: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [directory, destination, ...others] = positionals;
  if (directory === undefined || destination === undefined || others.length > 0) {
    throw new BadFlags('name a folder of events, and a new one for the copy');
  }
  const startedAtMs = performance.now();
  try {
    // Quickly all pages are looked at and the last event; proved, everything.
    const { events, head, identity, bytes } = backUp(directory, destination, (file) => {
      if (!values.verify) return;
      const { differences } = verifyFile(file, () => undefined);
      if (differences[0] !== undefined) throw new BackupRefused(`the copy is damaged: ${differences[0].what}`);
    });
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    console.log(
      `Backed up to ${destination}: up to position ${head}, ${events} events, identity ${identity ?? 'none yet'}, ` +
        `${Math.round(bytes / 1_048_576)} MiB in ${seconds} s${values.verify ? ', proved' : ''}.`,
    );
  } catch (error) {
    if (error instanceof BackupRefused) fail(error.message, 1);
    fail(`no copy of ${directory} at ${destination}: ${error instanceof Error ? error.message : error}`, 1);
  }
}
