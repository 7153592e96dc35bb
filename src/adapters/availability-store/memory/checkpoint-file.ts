import type { Sku } from '../../../domain/values/identifiers.js';
import type { ReadModelProgress, SkuAvailability } from '../../../ports/availability-store.js';
import type { Log } from '../../../ports/log.js';
import { CheckpointFile } from '../../checkpoint-file.js';
import { DOCUMENT_VERSION, decodeDocument, decodePosition, encodeDocument, encodePosition } from '../document.js';

/** The read model as it was at some time; documents may be newer than the progress. */
export interface Checkpoint extends ReadModelProgress {
  readonly storeIdentity: string;
  readonly documents: Iterable<SkuAvailability>;
}

/** A local file that spares a start the replay: one document a line. */
export class AvailabilityCheckpointFile {
  private readonly file: CheckpointFile;

  constructor(
    readonly path: string,
    log: Log,
  ) {
    this.file = new CheckpointFile(path, `availability-${DOCUMENT_VERSION}`, log);
  }

  /** The newest checkpoint; undefined when there is none that can be used. */
  async read(): Promise<Checkpoint | undefined> {
    const found = await this.file.read();
    if (found === undefined) return undefined;
    const [position = '0', asOf] = found.progress;
    return {
      storeIdentity: found.storeIdentity,
      position: decodePosition(position),
      asOf: Number(asOf ?? 0),
      documents: documents(found.lines),
    };
  }

  /** Failing costs the next start a replay and nothing else, so it is only logged. */
  async write({ storeIdentity, position, asOf, documents }: Checkpoint): Promise<void> {
    await this.file.write({
      storeIdentity,
      progress: [encodePosition(position), String(asOf)],
      lines: lines(documents),
    });
  }

  async remove(): Promise<void> {
    await this.file.remove();
  }
}

function* lines(documents: Iterable<SkuAvailability>): Generator<string> {
  for (const document of documents) yield `${document.sku} ${encodeDocument(document)}`;
}

function* documents(lines: Iterable<string>): Generator<SkuAvailability> {
  for (const line of lines) {
    const space = line.indexOf(' ');
    yield decodeDocument(line.slice(0, space) as Sku, line.slice(space + 1));
  }
}
