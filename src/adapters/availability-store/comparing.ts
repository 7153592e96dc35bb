import { createHash } from 'node:crypto';
import type { Sku } from '../../domain/values/identifiers.js';
import type { Comparison } from '../../ports/availability-store.js';
import type { Position } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { decodePosition, MAX_POSITION_LENGTH } from './document.js';

const MAX_EXAMPLES = 10;

/** A generation as it was at one instant: how far it was, and the text of one document, undefined when it has none. */
interface Seen {
  readonly position: Position;
  readonly text: string | undefined;
}

/**
 * Compares two generations document by document while both go on changing. Two documents are comparable when both
 * hold the same newest event, or when one lacks an event that its generation has passed: then they differ. Otherwise
 * one generation is just ahead of the other, and the document has to be looked at again.
 */
export class Comparing {
  private compared = 0;
  private differing = 0;
  private readonly examples: Sku[] = [];
  private readonly undecidedSkus = new Set<Sku>();
  private readonly sums = { old: 0n, new: 0n };

  get undecided(): readonly Sku[] {
    return [...this.undecidedSkus];
  }

  /** Both as they were at the same instant. */
  look(sku: Sku, older: Seen, newer: Seen): void {
    if (older.text !== newer.text && !isComparable(older, newer)) {
      this.undecidedSkus.add(sku);
      return;
    }
    this.undecidedSkus.delete(sku);
    this.compared += 1;
    const hash = hashOf(sku, older.text);
    this.sums.old += hash;
    this.sums.new += older.text === newer.text ? hash : hashOf(sku, newer.text);
    if (older.text === newer.text) return;
    this.differing += 1;
    if (this.examples.length < MAX_EXAMPLES) this.examples.push(sku);
  }

  result(): Comparison {
    return {
      compared: this.compared,
      differing: this.differing,
      examples: [...this.examples],
      undecided: this.undecidedSkus.size,
      checksums: { old: checksum(this.sums.old), new: checksum(this.sums.new) },
    };
  }
}

function isComparable(older: Seen, newer: Seen): boolean {
  const [inOlder, inNewer] = [newestIn(older.text), newestIn(newer.text)];
  if (inOlder === inNewer) return true;
  return inOlder > inNewer ? newer.position >= inOlder : older.position >= inNewer;
}

function newestIn(text: string | undefined): Position {
  if (text === undefined) return START;
  return decodePosition(/^[^"]*/.exec(text.slice(0, MAX_POSITION_LENGTH))?.[0] ?? '');
}

/** 64 bits; an absent document counts nothing. */
const hashOf = (sku: Sku, text: string | undefined): bigint =>
  text === undefined ? 0n : createHash('sha256').update(`${sku} ${text}`).digest().readBigUInt64BE();

const checksum = (sum: bigint): string => BigInt.asUintN(64, sum).toString(16).padStart(16, '0');
