import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { UnusableFile } from './schema.js';

const MARK_BYTES = 16;

/**
 * Tells, beside the file, how far its events reached: SQLite takes a write-ahead log that is damaged or gone for one
 * that ends there, and what was acknowledged behind it would be missing in silence. Written after each commit, and
 * left to the system to bring to the disk: it may say less than there is, never more.
 */
export class HeadMark {
  readonly #mark = Buffer.alloc(MARK_BYTES, ' ');

  private constructor(private readonly descriptor: number) {}

  /** @throws UnusableFile when there were events behind `lastPosition`, which is all that the file has */
  static open(path: string, file: string, lastPosition: number): HeadMark {
    checkMark(path, file, lastPosition);
    const mark = new HeadMark(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644));
    mark.moveTo(lastPosition);
    return mark;
  }

  moveTo(position: number): void {
    this.#mark.fill(' ').write(`${position}\n`, 0, 'latin1');
    try {
      writeSync(this.descriptor, this.#mark, 0, MARK_BYTES, 0);
    } catch {
      // It guards against what is rare; a disk that refuses fails the commits too, and they say so.
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** @throws UnusableFile when there were events behind `lastPosition`, which is all that the file has */
export function checkMark(path: string, file: string, lastPosition: number): void {
  const marked = readMark(path);
  if (marked <= lastPosition) return;
  throw new UnusableFile(
    `${file} ends at position ${lastPosition}, but its events reached ${marked}: its write-ahead log ` +
      `(${file}-wal) is missing or damaged, or the file was replaced by an older one. Put back what belongs ` +
      `together; to go on without the events behind ${lastPosition}, remove ${path}`,
  );
}

/** The last position that is known to have been written; 0 when nothing is known. */
export function readMark(path: string): number {
  const mark = Buffer.alloc(MARK_BYTES);
  try {
    const descriptor = openSync(path, 'r');
    try {
      readSync(descriptor, mark, 0, MARK_BYTES, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return 0;
  }
  const text = mark.toString('latin1').trim();
  return /^\d+$/.test(text) ? Number(text) : 0;
}
