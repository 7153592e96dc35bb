import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COSTING_METHODS } from '../../../src/domain/master-data/sku.js';
import type { StockEvent } from '../../../src/domain/stock/events.js';
import { difference } from '../../../src/domain/valuation/adjustments.js';
import type { Posting } from '../../../src/domain/valuation/events.js';
import {
  DAMAGED_TREATMENTS,
  DEFAULT_RULES,
  InvalidRules,
  parsePostingRules,
  type ValuationTerms,
} from '../../../src/domain/valuation/posting-rules.js';
import { History } from './history.js';
import { adjusted, moved, received, returned, revised, sold } from './movements.js';

describe('posting rules', () => {
  it('are the usual ones where nothing else is said', () => {
    expect(parsePostingRules({})).toEqual(DEFAULT_RULES);
    expect(parsePostingRules({ version: 7, costing: 'fifo', damaged: 'write-off' })).toEqual({
      version: 7,
      costing: 'fifo',
      damaged: 'write-off',
    });
  });

  it.each([
    [{ costing: 'lifo' }, 'costing may be moving-average or fifo; it is lifo.'],
    [{ damaged: true }, 'damaged may be keep or write-off; it is true.'],
    [{ version: 1 }, 'version must be a whole number from 2; it is 1.'],
    [{ version: 2.5 }, 'version must be a whole number from 2; it is 2.5.'],
    [{ method: 'fifo' }, 'Posting rules have no method.'],
  ])('say what is wrong with %j', (said, message) => {
    expect(() => parsePostingRules(said)).toThrow(new InvalidRules(message));
  });
});

const units = fc.integer({ min: 1, max: 12 });
const movement: fc.Arbitrary<StockEvent> = fc.oneof(
  fc.tuple(units, fc.integer({ min: 0, max: 999 })).map(([quantity, cents]) => received(quantity, `${cents / 100}`)),
  units.map((quantity) => sold(quantity)),
  units.map((quantity) => returned(quantity, undefined, quantity % 2 ? 'damaged' : 'sellable')),
  units.map((quantity) => adjusted(quantity % 2 ? quantity : -quantity)),
  units.map((quantity) => moved(quantity, 'sellable', 'damaged')),
  fc.integer({ min: -500, max: 500 }).map((cents) => revised((cents / 100).toFixed(2))),
);
const terms: fc.Arbitrary<ValuationTerms> = fc.record({
  method: fc.constantFrom(...COSTING_METHODS),
  damaged: fc.constantFrom(...DAMAGED_TREATMENTS),
});

function postingsUnder(wanted: ValuationTerms, events: readonly StockEvent[], skuClass: string): readonly Posting[] {
  const history = new History({ terms: wanted, skuClass });
  history.record(...events);
  return history.valued.flatMap(({ postings }) => postings);
}

/** What each account holds, told apart by whatever a ledger may tell lines apart by. */
function balances(postings: readonly Posting[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { currency, lines } of postings) {
    for (const { role, location, dimensions, amount } of lines) {
      const account = [currency, role, location, dimensions?.class, dimensions?.reason].join(' ');
      sums.set(account, (sums.get(account) ?? 0n) + amount);
    }
  }
  return new Map([...sums].filter(([, sum]) => sum !== 0n).sort());
}

describe('what new rules change in what is posted', () => {
  const under = { version: 9, date: '2026-05-01' };

  it('added to the old postings gives the new ones, account by account', () => {
    fc.assert(
      fc.property(fc.array(movement, { maxLength: 30, size: 'max' }), terms, terms, (events, old, wanted) => {
        const before = postingsUnder(old, events, 'A');
        const after = postingsUnder(wanted, events, 'B');
        const changes = difference(before, after, under);
        expect(balances([...before, ...changes])).toEqual(balances(after));
        for (const { lines } of changes) {
          expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
          expect(lines.every(({ amount }) => amount !== 0n)).toBe(true);
        }
        expect(new Set(changes.map(({ ref }) => ref)).size).toBe(changes.length);
      }),
    );
  });

  it('is nothing where the rules make the same of the facts', () => {
    fc.assert(
      fc.property(fc.array(movement, { maxLength: 30 }), terms, (events, same) => {
        expect(difference(postingsUnder(same, events, 'A'), postingsUnder(same, events, 'A'), under)).toEqual([]);
      }),
    );
  });

  it('is named after the event and the version, and dated as asked for', () => {
    const events = [received(1, '1.00'), received(1, '3.00'), sold(1)];
    const average = postingsUnder({ method: 'moving-average', damaged: 'keep' }, events, 'A');
    const fifo = postingsUnder({ method: 'fifo', damaged: 'keep' }, events, 'A');
    expect(difference(average, fifo, under)).toEqual([
      {
        ref: 'event-2.r9',
        date: '2026-05-01',
        currency: 'GBP',
        lines: [
          { role: 'inventory', location: 'LEEDS', amount: 100n, dimensions: { class: 'A' } },
          { role: 'cogs', location: 'LEEDS', amount: -100n, dimensions: { class: 'A' } },
        ],
      },
    ]);
  });
});
