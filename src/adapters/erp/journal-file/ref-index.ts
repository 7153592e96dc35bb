import { readSync } from 'node:fs';
import { IdIndex } from '../../../domain/id-index.js';
import { eventId } from '../../../domain/values/event-id.js';

/** Offsets are kept in steps of so many bytes, less than any transaction has, so that a file may be large. */
const STEP_BYTES = 64;
/** More than a step and the longest first line of a transaction. */
const HEAD_BYTES = 1_024;

/** Where each ref stands in the journal: 16 bytes or so a ref, and a look into the file before it counts as known. */
export class RefIndex {
  private readonly steps = new IdIndex();

  /** @param offset of its transaction in the file */
  add(ref: string, offset: number): void {
    this.steps.add(keyOf(ref), Math.floor(offset / STEP_BYTES));
  }

  /** @param file descriptor of the journal */
  has(ref: string, file: number): boolean {
    const step = this.steps.revisionOf(keyOf(ref));
    if (step === undefined) return false;
    const head = Buffer.alloc(HEAD_BYTES);
    const length = readSync(file, head, 0, HEAD_BYTES, step * STEP_BYTES);
    return head.toString('latin1', 0, length).includes(`; ref:${ref},`);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The index takes uuids only; the ref of a second part is none. */
const keyOf = (ref: string): string => (UUID.test(ref) ? ref : eventId('posting-ref', ref));
