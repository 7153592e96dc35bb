import { parseArgs } from 'node:util';
import { copyStore } from '../../adapters/event-store/copy/copy-store.js';
import { type CopyProgress, CopyRefused } from '../../adapters/event-store/copy/pair.js';
import { RawStore, StoreFailed } from '../../adapters/event-store/copy/raw-store.js';
import { BadFlags, fail } from './command-line.js';

const TOLD_EVERY_MS = 5_000;

/** Moves all streams of one store into another. */
export async function copy(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { from: { type: 'string' }, to: { type: 'string' } } });
  const { from, to } = values;
  if (!from || !to) throw new BadFlags('--from and --to each take a connection string, esdb://…');
  if (from === to) throw new BadFlags('--from and --to name the same store');
  try {
    await copyAndTell(from, to);
  } catch (error) {
    if (error instanceof CopyRefused || error instanceof StoreFailed) fail(error.message, 1);
    throw error;
  }
}

async function copyAndTell(from: string, to: string): Promise<void> {
  const source = new RawStore(from);
  const target = new RawStore(to);
  const startedAtMs = performance.now();
  const { copied, events, streams, digest, identity } = await copyStore(source, target, progressTeller());
  const seconds = (performance.now() - startedAtMs) / 1_000;
  console.log(`${copied} events copied, ${events} in ${streams} streams proved equal, in ${seconds.toFixed(1)} s.`);
  console.log(`Digest of both, sha256: ${digest}`);
  console.log(`The copy is a store of its own, ${identity}: start the service on it, and on the old one no more.`);
  await source.close();
  await target.close();
}

function progressTeller(): (progress: CopyProgress) => void {
  let told = { stage: '', events: 0, atMs: performance.now() };
  return ({ stage, events }) => {
    if (events % 256 !== 0 && stage === told.stage) return;
    const now = performance.now();
    if (stage !== told.stage) told = { stage, events: 0, atMs: now };
    else if (now - told.atMs >= TOLD_EVERY_MS) {
      const rate = Math.round(((events - told.events) / (now - told.atMs)) * 1_000);
      console.error(`eventstore: ${events} events ${stage}, ${rate}/s`);
      told = { stage, events, atMs: now };
    }
  };
}
