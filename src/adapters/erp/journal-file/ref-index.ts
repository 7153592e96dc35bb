import { readSync } from 'node:fs';
import { IdIndex } from '../../../domain/id-index.js';
import { eventId } from '../../../domain/values/event-id.js';
import { TRANSACTION_END } from './transaction.js';

/** Offsets are kept in steps of so many bytes, less than any transaction has, so that a file may be large. */
const STEP_BYTES = 64;
/** More than a step and the longest transaction. */
const TRANSACTION_BYTES = 4_096;

/** Where each ref stands in the journal: 16 bytes or so a ref, and a look into the file before it counts as known. */
export class RefIndex {
  private readonly steps = new IdIndex();

  /** @param offset of its transaction in the file */
  add(ref: string, offset: number): void {
    this.steps.add(keyOf(ref), Math.floor(offset / STEP_BYTES));
  }

  /** @param file descriptor of the journal */
  has(ref: string, file: number): boolean {
    return this.transaction(ref, file) !== undefined;
  }

  /** The transaction as it stands in the journal, without its last line break. @param file descriptor of the journal */
  transaction(ref: string, file: number): string | undefined {
    const step = this.steps.revisionOf(keyOf(ref));
    if (step === undefined) return undefined;
    const bytes = Buffer.alloc(TRANSACTION_BYTES);
    const length = readSync(file, bytes, 0, TRANSACTION_BYTES, step * STEP_BYTES);
    const blocks = bytes.toString('latin1', 0, length).split(TRANSACTION_END);
    // The first one is the end of another transaction, or just the line break behind it.
    return blocks.find((block) => block.includes(`; ref:${ref},`))?.trimStart();
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The index takes uuids only; the ref of a second part is none. */
const keyOf = (ref: string): string => (UUID.test(ref) ? ref : eventId('posting-ref', ref));
