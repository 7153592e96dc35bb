import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availableAt, evolveCell, NO_CELL } from '../../src/domain/availability/cell.js';
import { commandKey, type ReportedMovement, type StockCommand } from '../../src/domain/stock/commands.js';
import { Explainer, type Explanation } from '../../src/queries/availability/explanation.js';
import {
  adjustment,
  at,
  cancel,
  confirm,
  count,
  expectSupply,
  fulfil,
  id,
  moved,
  policy,
  receipt,
  reserve,
  returned,
  StockStory,
  sale,
} from '../support/given-stock.js';

function explain(story: StockStory, { time = '12:00', channel, limit = 100 }: Options = {}): Explanation {
  const explainer = new Explainer(limit);
  for (const [revision, event] of story.events.entries()) explainer.take(event, revision, `event-${revision}`);
  return explainer.explain(at(time), channel);
}

interface Options {
  readonly time?: string;
  readonly channel?: string;
  readonly limit?: number;
}

const sum = ({ onHand, reserved, safetyStock, protected: kept, coveredBySupply, shortage }: Explanation): number =>
  [onHand, reserved, safetyStock, kept, coveredBySupply, shortage].reduce((units, term) => units + term.units, 0);

describe('what is on hand', () => {
  it('is the count that stands and what came after it', () => {
    const story = new StockStory().given(
      receipt(10),
      sale(3),
      count(8, '11:00'),
      sale(2, '11:30'),
      receipt(4, '11:40'),
    );
    expect(explain(story).onHand).toMatchObject({
      units: 10,
      count: { counted: 8, onHand: 8, event: { revision: 2, type: 'Counted' } },
      since: [
        { type: 'Sold', count: 1, units: -2 },
        { type: 'Received', count: 1, units: 4 },
      ],
      newest: [
        { revision: 4, type: 'Received', units: 4 },
        { revision: 3, type: 'Sold', units: -2 },
      ],
    });
  });

  it('keeps, with a count that came late, the newer facts that were known before it', () => {
    const story = new StockStory().given(receipt(10), sale(3, '11:30'), count(8, '11:00'), sale(1, '10:00'));
    expect(explain(story).onHand).toMatchObject({ units: 5, count: { counted: 8, onHand: 5 }, since: [] });
  });

  it('is all that ever happened where nobody has counted; what is not sellable has no part in it', () => {
    const story = new StockStory().given(
      receipt(10),
      sale(3),
      returned(1, '11:00', { disposition: 'quarantine' }),
      moved(1, 'quarantine', 'sellable'),
      adjustment(-2),
    );
    expect(explain(story).onHand).toMatchObject({
      units: 6,
      count: null,
      since: [
        { type: 'Received', count: 1, units: 10 },
        { type: 'Sold', count: 1, units: -3 },
        { type: 'DispositionMoved', count: 1, units: 1 },
        { type: 'Adjusted', count: 1, units: -2 },
      ],
    });
  });

  it('tells the newest events one by one, up to the limit', () => {
    const story = new StockStory().given(...Array.from({ length: 30 }, () => receipt(1)));
    const { newest, since } = explain(story, { limit: 3 }).onHand;
    expect(newest.map(({ revision }) => revision)).toEqual([29, 28, 27]);
    expect(since).toEqual([{ type: 'Received', count: 30, units: 30 }]);
  });
});

describe('what is taken off', () => {
  it('is each hold that lives, with what happened to it last', () => {
    const story = new StockStory().given(
      receipt(20),
      reserve('a', 5, 600),
      reserve('b', 4, 600, { channel: 'web', neededBy: '16:00' }),
      reserve('c', 1, 600),
      confirm('a'),
      fulfil('a', 'f-1', 2),
      cancel('c'),
    );
    const { reserved, available } = explain(story);
    expect(reserved).toMatchObject({
      units: -7,
      holds: 2,
      newest: [
        { reference: 'a', quantity: 3, expiresAt: null, event: { type: 'Fulfilled' } },
        { reference: 'b', quantity: 4, expiresAt: at('12:10'), channel: 'web', neededBy: at('16:00') },
      ],
    });
    expect(available).toBe(11);
    expect(explain(story, { time: '12:10' }).reserved).toMatchObject({ units: -3, holds: 1 });
  });

  it('is safety stock and protections, with the events that set them, the caller’s own left out', () => {
    const story = new StockStory().given(
      receipt(20),
      policy({ safetyStock: 2, protections: { web: 6, app: 3 } }),
      policy({ protections: { app: 4 } }),
      reserve('w', 4, 600, { channel: 'web' }),
    );
    const explanation = explain(story, { channel: 'app' });
    expect(explanation.safetyStock).toMatchObject({ units: -2, event: { revision: 1, type: 'SafetyStockSet' } });
    expect(explanation.protected).toMatchObject({
      units: -2,
      channels: [
        { channel: 'web', kept: 6, held: 4, deducted: 2, event: { revision: 2 } },
        { channel: 'app', kept: 4, held: 0, deducted: 0, event: { revision: 4 } },
      ],
    });
    expect(explanation.available).toBe(12);
  });
});

describe('what is put back', () => {
  it('is what supply will have brought by the time that it is needed', () => {
    const story = new StockStory().given(
      receipt(5),
      expectSupply('po-1', 10, '15:00'),
      expectSupply('po-2', 3, '11:00'),
      expectSupply('po-3', 2),
      reserve('later', 9, 600, { neededBy: '16:00' }),
    );
    const explanation = explain(story);
    expect(explanation.coveredBySupply).toMatchObject({
      units: 9,
      supplies: [
        { id: 'po-3', quantity: 2, dueAt: null, status: 'undated' },
        { id: 'po-2', quantity: 3, status: 'overdue' },
        { id: 'po-1', quantity: 10, dueAt: at('15:00'), status: 'due', event: { revision: 1 } },
      ],
    });
    expect(explanation.available).toBe(5);
  });

  it('is what is missing to 0', () => {
    const story = new StockStory().given(receipt(2), sale(5), policy({ safetyStock: 1 }));
    expect(explain(story)).toMatchObject({ available: 0, onHand: { units: -3 }, shortage: { units: 4 } });
  });
});

const small = fc.integer({ min: 1, max: 9 });
const time = fc.integer({ min: 8 * 60, max: 15 * 60 }).map((minute) => {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
});
const name = fc.constantFrom('a', 'b', 'c', 'd');
const channel = fc.constantFrom('web', 'app', 'shop');
const disposition = fc.constantFrom('sellable' as const, 'quarantine' as const, 'damaged' as const);

const told: fc.Arbitrary<ReportedMovement | StockCommand> = fc.oneof(
  fc.tuple(small, time).map(([quantity, when]) => receipt(quantity, when)),
  fc.tuple(small, time, name).map(([quantity, when, supplyId]) => receipt(quantity, when, { supplyId: id(supplyId) })),
  fc.tuple(small, time).map(([quantity, when]) => sale(quantity, when)),
  fc.tuple(small, time, disposition).map(([quantity, when, where]) => returned(quantity, when, { disposition: where })),
  fc.tuple(small, time).map(([quantity, when]) => adjustment(-quantity, when)),
  fc.tuple(fc.nat(20), time, disposition).map(([counted, when, where]) => count(counted, when, { disposition: where })),
  fc.tuple(small, disposition, disposition, time).map(([quantity, from, to, when]) => moved(quantity, from, to, when)),
  fc
    .tuple(name, small, channel)
    .map(([hold, quantity, forChannel]) => reserve(hold, quantity, 60, { channel: forChannel })),
  fc
    .tuple(name, small, time)
    .map(([hold, quantity, neededBy]) => reserve(`later-${hold}`, quantity, 7_200, { neededBy })),
  name.map(confirm),
  name.map(cancel),
  fc.tuple(name, small).map(([hold, n]) => fulfil(hold, `f-${n}`)),
  fc
    .tuple(name, small, fc.option(time, { nil: undefined }))
    .map(([supplyId, n, due]) => expectSupply(supplyId, n, due)),
  fc
    .tuple(fc.nat(5), channel, fc.nat(5))
    .map(([safetyStock, forChannel, kept]) => policy({ safetyStock, protections: { [forChannel]: kept } })),
);

/** A stream takes the same command once. */
const keyOf = (one: ReportedMovement | StockCommand): string => ('occurredAt' in one ? one.id : commandKey(one));

describe('whatever has happened', () => {
  it('adds up to what availability answers, for any caller at any time', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(told, { maxLength: 40, selector: keyOf }),
        time,
        fc.option(channel, { nil: undefined }),
        (all, when, caller) => {
          const story = new StockStory().given(...all);
          const cell = story.events.reduce((so, event, revision) => evolveCell(so, event, revision), NO_CELL);
          const now = at(when);
          const explanation = explain(story, { time: when, ...(caller === undefined ? {} : { channel: caller }) });
          expect(explanation.available).toBe(availableAt(cell, now, { channel: caller }));
          expect(sum(explanation)).toBe(explanation.available);
          const { count: counted, since } = explanation.onHand;
          expect((counted?.onHand ?? 0) + since.reduce((units, type) => units + type.units, 0)).toBe(
            cell.onHand.sellable,
          );
          const held = explanation.reserved.newest.reduce((units, { quantity }) => units + quantity, 0);
          expect(held).toBe(0 - explanation.reserved.units);
          const kept = explanation.protected.channels.reduce((units, { deducted }) => units + deducted, 0);
          expect(kept).toBe(0 - explanation.protected.units);
        },
      ),
      { numRuns: 500 },
    );
  });
});
