import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint } from '../ports/checkpoint.js';
import type { Log } from '../ports/log.js';

/** Characters that are put together before the event loop gets a turn. */
const CHUNK_CHARACTERS = 100_000;
const LINE_END = 10;

/**
 * A local file that spares a start the replay: a line that says what it is, the entries, and last the hash of all
 * before it. It replaces the older file as a whole, or not at all.
 */
export class CheckpointFile {
  constructor(
    readonly path: string,
    /** Name and version of what is in it, e.g. `valuation-1`: a file of another format is not read. */
    private readonly format: string,
    private readonly log: Log,
  ) {}

  /** Undefined when there is none, or none that can be used. */
  async read(): Promise<Checkpoint | undefined> {
    try {
      return parse(await readFile(this.path), this.format);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      this.log.warn('checkpoint cannot be used, the read model is built anew', this.facts(error));
      return undefined;
    }
  }

  /** Failing costs the next start a replay and nothing else, so it is only logged. */
  async write(checkpoint: Checkpoint): Promise<void> {
    try {
      await this.replace(checkpoint);
    } catch (error) {
      this.log.warn('checkpoint cannot be written', this.facts(error));
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async replace({ storeIdentity, progress, lines }: Checkpoint): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const unfinished = `${this.path}.tmp`;
    const file = await open(unfinished, 'w');
    try {
      const hash = createHash('sha256');
      const header = [this.format, storeIdentity, ...progress].join(' ');
      for (const chunk of chunks(header, lines)) {
        hash.update(chunk);
        await file.appendFile(chunk);
      }
      await file.appendFile(hash.digest('hex'));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, this.path);
    await syncFolder(dirname(this.path));
  }

  private facts(error: unknown) {
    return { file: this.path, reason: error instanceof Error ? error.message : String(error) };
  }
}

function* chunks(header: string, lines: Iterable<string>): Generator<string> {
  let chunk = `${header}\n`;
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** A file may be larger than a text can be: only its lines are made into one. */
function parse(bytes: Buffer, format: string): Checkpoint {
  const end = bytes.lastIndexOf(LINE_END) + 1;
  const content = bytes.subarray(0, end);
  if (createHash('sha256').update(content).digest('hex') !== bytes.toString('latin1', end)) {
    throw new Error('it is damaged');
  }
  const lines = linesOf(content);
  const header: string = lines.next().value ?? '';
  const [found, storeIdentity, ...progress] = header.split(' ');
  if (found !== format || storeIdentity === undefined) throw new Error(`it is ${found}, not ${format}`);
  return { storeIdentity, progress, lines };
}

function* linesOf(bytes: Buffer): Generator<string, undefined> {
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(LINE_END, from);
    yield bytes.toString('utf8', from, to);
    from = to + 1;
  }
}

/** Makes the new name of a file durable too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
