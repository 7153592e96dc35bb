import type { FileHandle } from 'node:fs/promises';
import { Balances } from './balances.js';
import { RefIndex } from './ref-index.js';
import { parseTransaction, TRANSACTION_END } from './transaction.js';

/** Someone has changed the journal in a place where a crash cannot have: only a person can mend it. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
}

export interface JournalContent {
  readonly refs: RefIndex;
  readonly balances: Balances;
  /** Where the last whole transaction ends; what is behind it is torn. */
  readonly end: number;
}

const CHUNK_BYTES = 1_048_576;

/**
 * Reads a journal once from the start.
 * @throws JournalDamaged when what is torn has whole transactions behind it
 */
export async function scanJournal(file: FileHandle): Promise<JournalContent> {
  const refs = new RefIndex();
  const balances = new Balances();
  let end = 0;
  let damagedAt: number | undefined;
  for await (const { text, offset } of blocks(file)) {
    const found = parseTransaction(text);
    if (found === 'damaged') damagedAt ??= offset;
    else if (damagedAt === undefined) {
      end = offset + text.length;
      if (found === 'other') continue;
      refs.add(found.ref, offset);
      balances.add(found.date, found.amounts);
    } else if (found !== 'other') {
      throw new JournalDamaged(`The transaction at byte ${damagedAt} is damaged, and whole ones follow it.`);
    }
  }
  return { refs, balances, end };
}

/** The parts of the file that end in an empty line. One byte is one character, so that lengths are offsets. */
export async function* blocks(file: FileHandle): AsyncGenerator<{ text: string; offset: number }> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest = '';
  let offset = 0;
  while (true) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset + rest.length);
    if (bytesRead === 0) return;
    rest += chunk.toString('latin1', 0, bytesRead);
    let start = 0;
    for (let at = rest.indexOf(TRANSACTION_END); at >= 0; at = rest.indexOf(TRANSACTION_END, start)) {
      const next = at + TRANSACTION_END.length;
      yield { text: rest.slice(start, next), offset: offset + start };
      start = next;
    }
    rest = rest.slice(start);
    offset += start;
  }
}
