import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeDocument,
  encodeDocument,
  encodePosition,
  MAX_POSITION_LENGTH,
} from '../../../src/adapters/availability-store/document.js';
import { anyDocument, document } from './documents.js';

describe('the stored text of a document', () => {
  it('gives back any document, its order included', () => {
    fc.assert(
      fc.property(anyDocument, (original) => {
        const decoded = decodeDocument(original.sku, encodeDocument(original));
        expect(decoded).toEqual(original);
        expect(encodeDocument(decoded)).toBe(encodeDocument(original));
      }),
    );
  });

  it('sorts by position as text, so that the store can tell which one is newer', () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (one, other) => {
        const [oneHead, otherHead] = [one, other].map(({ position }) => encodePosition(position));
        expect(String(oneHead) < String(otherHead)).toBe(one.position < other.position);
        expect(encodeDocument(one).startsWith(String(oneHead))).toBe(true);
        expect(oneHead?.length).toBeLessThanOrEqual(MAX_POSITION_LENGTH);
      }),
    );
  });

  it('spends no more than 30 characters on a plain cell', () => {
    expect(encodeDocument(document('SKU-1', 123_456_789n, 1_250)).length).toBeLessThanOrEqual(30);
  });
});
