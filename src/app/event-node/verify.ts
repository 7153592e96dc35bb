import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Difference, type Verification, verifyFile } from '../../adapters/event-store/embedded/tools/verify.js';
import { BadFlags, fail } from './command-line.js';

/** Proves the file of events in a folder; the process ends with 1 when it is not as it must be. */
export async function verify(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) throw new BadFlags('name one folder of events');
  const startedAtMs = performance.now();
  const found = verified(join(directory, 'events.db'));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  if (values.json) console.log(JSON.stringify({ intact: found.differences.length === 0, ...found, seconds }));
  else tell(found, seconds);
  process.exitCode = found.differences.length === 0 ? 0 : 1;
}

function verified(file: string): Verification {
  try {
    return verifyFile(file, (events) => console.error(`eventstore: ${events} events verified`));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), 1);
  }
}

function tell({ events, streams, head, identity, differences, more }: Verification, seconds: number): void {
  for (const difference of differences) console.log(asText(difference));
  if (more) console.log('There is more that differs.');
  const rate = Math.round(events / Math.max(seconds, 0.001));
  console.log(
    `${differences.length === 0 ? 'Intact' : 'DAMAGED'}: ${events} events in ${streams} streams up to position ${head}, ` +
      `identity ${identity ?? 'none yet'}; ${seconds.toFixed(1)} s, ${rate} events/s.`,
  );
}

function asText({ what, stream, revision, position }: Difference): string {
  const places = [
    stream === undefined ? [] : `stream ${stream}`,
    revision === undefined ? [] : `revision ${revision}`,
    position === undefined ? [] : `position ${position}`,
  ].flat();
  return places.length === 0 ? what : `${places.join(', ')}: ${what}`;
}
