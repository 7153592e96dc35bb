import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Sku } from '../../../domain/values/identifiers.js';
import type { ReadModelProgress, SkuAvailability } from '../../../ports/availability-store.js';
import type { Log } from '../../../ports/log.js';
import { DOCUMENT_VERSION, decodeDocument, decodePosition, encodeDocument, encodePosition } from '../document.js';

/** The read model as it was at some time; documents may be newer than the progress. */
export interface Checkpoint extends ReadModelProgress {
  readonly storeIdentity: string;
  readonly documents: Iterable<SkuAvailability>;
}

/** Characters that are put together before the event loop gets a turn. */
const CHUNK_CHARACTERS = 100_000;

/**
 * A local file that spares a start the replay. Lines of text: what it is, one document a line, and last the hash of
 * all before it. It replaces the older one as a whole, or not at all.
 */
export class CheckpointFile {
  constructor(
    readonly path: string,
    private readonly log: Log,
  ) {}

  /** The newest checkpoint; undefined when there is none that can be used. */
  async read(): Promise<Checkpoint | undefined> {
    try {
      const file = await open(this.path);
      try {
        return await parse(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      const facts = { file: this.path, reason: reasonOf(error) };
      this.log.warn('checkpoint cannot be used, the read model is built anew', facts);
      return undefined;
    }
  }

  /** Failing costs the next start a replay and nothing else, so it is only logged. */
  async write(checkpoint: Checkpoint): Promise<void> {
    try {
      await this.replace(checkpoint);
    } catch (error) {
      this.log.warn('checkpoint cannot be written', { file: this.path, reason: reasonOf(error) });
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async replace(checkpoint: Checkpoint): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const unfinished = `${this.path}.tmp`;
    const file = await open(unfinished, 'w');
    try {
      const hash = createHash('sha256');
      for (const chunk of inChunks(lines(checkpoint))) {
        hash.update(chunk);
        await file.appendFile(chunk);
      }
      await file.appendFile(`${hash.digest('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, this.path);
    await syncFolder(dirname(this.path));
  }
}

function* lines({ storeIdentity, position, asOf, documents }: Checkpoint): Generator<string> {
  yield `stockfold-availability ${DOCUMENT_VERSION} ${storeIdentity} ${encodePosition(position)} ${asOf}\n`;
  for (const document of documents) yield `${document.sku} ${encodeDocument(document)}\n`;
}

function* inChunks(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

async function parse(file: FileHandle): Promise<Checkpoint> {
  const hash = createHash('sha256');
  const documents: SkuAvailability[] = [];
  let header: Omit<Checkpoint, 'documents'> | undefined;
  let last: string | undefined;
  for await (const line of file.readLines({ autoClose: false })) {
    if (last !== undefined) {
      hash.update(`${last}\n`);
      if (header === undefined) header = parseHeader(last);
      else documents.push(parseDocument(last));
    }
    last = line;
  }
  if (header === undefined || last !== hash.digest('hex')) throw new Error('it is damaged');
  return { ...header, documents };
}

function parseHeader(line: string): Omit<Checkpoint, 'documents'> {
  const [format, version, storeIdentity, position, asOf] = line.split(' ');
  if (format !== 'stockfold-availability') throw new Error('it is damaged');
  if (version !== String(DOCUMENT_VERSION)) throw new Error(`it is of version ${version}`);
  if (storeIdentity === undefined || position === undefined) throw new Error('it is damaged');
  return { storeIdentity, position: decodePosition(position), asOf: Number(asOf) };
}

function parseDocument(line: string): SkuAvailability {
  const space = line.indexOf(' ');
  return decodeDocument(line.slice(0, space) as Sku, line.slice(space + 1));
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

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
