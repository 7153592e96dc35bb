import type { JournalLine, Posting, ValuationSource } from '../../domain/valuation/events.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';

/** A posting, and where it comes from. */
export interface KnownPosting extends Posting, StockKey {
  readonly source: Pick<ValuationSource, 'revision' | 'type' | 'movementId'>;
  /** When its movement was recorded. */
  readonly recordedAt: Instant;
}

type Stored = Omit<KnownPosting, 'lines'> & {
  readonly lines: readonly (Omit<JournalLine, 'amount'> & { readonly amount: string })[];
};

/** One line of text: a third of the memory that it takes as an object. */
export function encodePosting({ source: { revision, type, movementId }, lines, ...posting }: KnownPosting): string {
  const stored: Stored = {
    ...posting,
    lines: lines.map((line) => ({ ...line, amount: line.amount.toString() })),
    source: { revision, type, movementId },
  };
  return JSON.stringify(stored);
}

export function decodePosting(text: string): KnownPosting {
  const stored = JSON.parse(text) as Stored;
  return { ...stored, lines: stored.lines.map((line) => ({ ...line, amount: BigInt(line.amount) })) };
}
