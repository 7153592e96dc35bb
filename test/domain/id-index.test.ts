import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdIndex } from '../../src/domain/id-index.js';
import { eventId } from '../../src/domain/values/event-id.js';

describe('the index of known ids', () => {
  it('gives each id its first revision, and knows no other', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 100_000 }), { maxLength: 2_000 });
    fc.assert(
      fc.property(ids, (numbers) => {
        const index = new IdIndex();
        numbers.forEach((number, revision) => {
          index.add(eventId('stock-A@B', String(number)), revision);
        });
        numbers.forEach((number, revision) => {
          index.add(eventId('stock-A@B', String(number)), revision + 1);
          expect(index.revisionOf(eventId('stock-A@B', String(number)))).toBe(revision);
        });
        expect(index.size).toBe(numbers.length);
        expect(index.revisionOf(eventId('stock-A@B', 'never'))).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('derives the same event id from the same command, another one in another stream', () => {
    expect(eventId('stock-A@B', 'movement:1')).toBe(eventId('stock-A@B', 'movement:1'));
    expect(eventId('stock-A@B', 'movement:1')).not.toBe(eventId('stock-A@C', 'movement:1'));
    // Changing this value would make every movement that was ever recorded look new.
    expect(eventId('stock-A@B', 'movement:1')).toBe('13d2ed69-8426-5ecf-86fb-fc7b5888e7f3');
  });
});
