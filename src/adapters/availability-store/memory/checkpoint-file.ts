import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Sku } from '../../../domain/values/identifiers.js';
import type { Instant } from '../../../domain/values/instant.js';
import type { Log } from '../../../ports/log.js';
import { CheckpointFile } from '../../checkpoint-file.js';
import { DOCUMENT_VERSION, decodeDocument, decodePosition, encodeDocument, encodePosition } from '../document.js';
import { Generation } from './generation.js';

/** The read model as it was at some time; documents may be newer than the progress. */
export interface Checkpoint {
  readonly storeIdentity: string;
  readonly generation: Generation;
}

/** Begins the line of a reference; no SKU begins with it. */
const REFERENCE = '@';

/** A local file that spares a start the replay: one document or reference a line. */
export class AvailabilityCheckpointFile {
  private readonly file: CheckpointFile;
  /** There while a rebuild is under way, so that a crash does not end it: says when it was started. */
  private readonly rebuildMark: string;

  constructor(
    readonly path: string,
    log: Log,
  ) {
    this.file = new CheckpointFile(path, `availability-${DOCUMENT_VERSION}`, log);
    this.rebuildMark = `${path}.rebuild`;
  }

  /** The newest checkpoint; undefined when there is none that can be used. */
  async read(): Promise<Checkpoint | undefined> {
    const found = await this.file.read();
    if (found === undefined) return undefined;
    const [position, asOf, name] = found.progress;
    if (position === undefined || name === undefined) return undefined;
    const generation = new Generation(name);
    generation.position = decodePosition(position);
    generation.asOf = Number(asOf);
    for (const line of found.lines) restore(generation, line);
    return { storeIdentity: found.storeIdentity, generation };
  }

  /** Failing costs the next start a replay and nothing else, so it is only logged. */
  async write({ storeIdentity, generation }: Checkpoint): Promise<void> {
    const { position, asOf, name } = generation;
    await this.file.write({
      storeIdentity,
      progress: [encodePosition(position), String(asOf), name],
      lines: linesOf(generation),
    });
  }

  async remove(): Promise<void> {
    await this.file.remove();
  }

  async rebuildStartedAt(): Promise<Instant | undefined> {
    try {
      return Number(await readFile(this.rebuildMark, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** @param startedAt undefined once it has ended */
  async noteRebuild(startedAt: Instant | undefined): Promise<void> {
    if (startedAt === undefined) return rm(this.rebuildMark, { force: true });
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(this.rebuildMark, String(startedAt));
  }
}

function* linesOf({ documents, references }: Generation): Generator<string> {
  for (const document of documents.values()) yield `${document.sku} ${encodeDocument(document)}`;
  for (const [reference, { forgetAfter, ids }] of references) {
    yield `${REFERENCE}${reference} ${forgetAfter} ${ids.join(' ')}`;
  }
}

function restore({ documents, references }: Generation, line: string): void {
  const space = line.indexOf(' ');
  const name = line.slice(0, space);
  const rest = line.slice(space + 1);
  if (name.startsWith(REFERENCE)) {
    const [forgetAfter, ...ids] = rest.split(' ');
    references.set(name.slice(REFERENCE.length), { forgetAfter: Number(forgetAfter), ids });
  } else documents.set(name as Sku, decodeDocument(name as Sku, rest));
}
