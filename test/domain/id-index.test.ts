import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdIndex } from '../../src/domain/id-index.js';
import { eventId, eventNameFor, nameOf, signed } from '../../src/domain/values/event-id.js';

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
    expect(eventId('stock-A@B', 'movement:1')).toBe('b4c28282-f960-87ec-b22d-41a84f431a06');
  });

  it('finds an event by the name that its id begins with, whoever signed it', () => {
    const name = eventNameFor('stock-A@B', 'movement:1');
    const ids = [signed(name, '00000000'), signed(name, '89abcdef')];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(nameOf(id)).toBe(name);
      const index = new IdIndex();
      index.add(id, 7);
      expect(index.revisionOf(name)).toBe(7);
    }
  });
});
