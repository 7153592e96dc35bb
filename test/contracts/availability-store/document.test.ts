import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeDocument,
  encodeDocument,
  encodePosition,
  POSITION_WIDTH,
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
        const [oneHead, otherHead] = [one, other].map((each) => encodeDocument(each).slice(0, POSITION_WIDTH));
        expect(String(oneHead) < String(otherHead)).toBe(one.position < other.position);
        expect(oneHead).toBe(encodePosition(one.position));
      }),
    );
  });

  it('spends no more than 40 characters on a plain cell', () => {
    expect(encodeDocument(document('SKU-1', 123_456_789n, 1_250)).length).toBeLessThanOrEqual(40);
  });
});
